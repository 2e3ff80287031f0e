#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collector/store/connection.h"

namespace vdiwatch::collector {

// PostgreSQL's binary formats (https://www.postgresql.org/docs/15/protocol-overview.html), and the
// statements in its words. Pure.

// Numbers of types, of its pg_type.dat.
using Oid32 = unsigned int;
Oid32 TypeOf(Value::Type type);
Oid32 ArrayTypeOf(Value::Type type);

// One value; not for NULL. Text that is not UTF-8 without NUL gets '?' where it is not.
std::string Encode(const Value& value);
// One column of rows as an array with NULLs.
std::string EncodeArray(std::span<const Value> column);

// A whole number of 1, 2, 4 or 8 bytes; 0 if it has another size.
std::int64_t DecodeInteger(std::string_view bytes);

// ?1 becomes $1.
std::string InDollars(std::string_view sql);
// "= ?1" becomes "= ANY ($1)".
std::string OverArray(std::string_view sql);
// INSERT … VALUES (?1, …) … and UPDATE … WHERE … over arrays, one for each column of these types.
std::string OverRows(std::string_view sql, std::span<const Value> types);

}  // namespace vdiwatch::collector
