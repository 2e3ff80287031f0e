#include "collector/store/postgres_wire.h"

#include <fmt/format.h>

#include <cctype>

#include "base/text.h"

namespace vdiwatch::collector {
namespace {

void AppendBigEndian(std::uint64_t number, int bytes, std::string& out) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(number >> shift & 0xff));
  }
}

// The length of the well-formed UTF-8 character at the front, 0 if there is none.
std::size_t CharacterAt(std::string_view text) {
  for (std::size_t length = 1; length <= 4 && length <= text.size(); ++length) {
    if (IsUtf8(text.substr(0, length))) return length;
  }
  return 0;
}

// PostgreSQL refuses text with NUL or broken UTF-8, and with it the whole batch.
std::string Clean(std::string_view text) {
  if (IsUtf8(text)) return std::string(text);
  std::string clean;
  while (!text.empty()) {
    std::size_t length = CharacterAt(text);
    clean += length > 0 ? text.substr(0, length) : "?";
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return clean;
}

std::string_view ArrayName(Value::Type type) {
  switch (type) {
    case Value::Type::kInteger:
      return "bigint[]";
    case Value::Type::kText:
      return "text[]";
    case Value::Type::kBytes:
      return "bytea[]";
  }
  return "text[]";
}

// Writes `mark` where a parameter's question mark stands.
std::string WithMark(std::string_view sql, std::string_view mark) {
  std::string text;
  for (char c : sql) {
    if (c == '?') {
      text += mark;
    } else {
      text += c;
    }
  }
  return text;
}

// "unnest($1::bigint[], …) v(c1, …)"
std::string Unnest(std::span<const Value> types) {
  std::string arrays, names;
  for (std::size_t i = 0; i < types.size(); ++i) {
    arrays += fmt::format("{}${}::{}", i ? ", " : "", i + 1, ArrayName(types[i].type));
    names += fmt::format("{}c{}", i ? ", " : "", i + 1);
  }
  return fmt::format("unnest({}) v({})", arrays, names);
}

}  // namespace

Oid32 TypeOf(Value::Type type) {
  switch (type) {
    case Value::Type::kInteger:
      return 20;  // int8
    case Value::Type::kText:
      return 25;  // text
    case Value::Type::kBytes:
      return 17;  // bytea
  }
  return 0;
}

Oid32 ArrayTypeOf(Value::Type type) {
  switch (type) {
    case Value::Type::kInteger:
      return 1016;  // _int8
    case Value::Type::kText:
      return 1009;  // _text
    case Value::Type::kBytes:
      return 1001;  // _bytea
  }
  return 0;
}

std::string Encode(const Value& value) {
  std::string bytes;
  if (value.type == Value::Type::kText) return Clean(value.bytes);
  if (value.type == Value::Type::kBytes) return std::string(value.bytes);
  AppendBigEndian(static_cast<std::uint64_t>(value.integer), 8, bytes);
  return bytes;
}

// array_recv in src/backend/utils/adt/arrayfuncs.c: dimensions, whether there are NULLs, the
// elements' type, then size and lower bound of the one dimension.
std::string EncodeArray(std::span<const Value> column) {
  std::string bytes;
  Value::Type type = column.empty() ? Value::Type::kInteger : column.front().type;
  AppendBigEndian(1, 4, bytes);
  AppendBigEndian(1, 4, bytes);
  AppendBigEndian(TypeOf(type), 4, bytes);
  AppendBigEndian(column.size(), 4, bytes);
  AppendBigEndian(1, 4, bytes);
  for (const Value& value : column) {
    if (value.null) {
      AppendBigEndian(0xffffffff, 4, bytes);
      continue;
    }
    std::string element = Encode(value);
    AppendBigEndian(element.size(), 4, bytes);
    bytes += element;
  }
  return bytes;
}

std::int64_t DecodeInteger(std::string_view bytes) {
  std::uint64_t number = 0;
  for (char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  switch (bytes.size()) {
    case 1:
      return static_cast<std::int64_t>(number);  // bool
    case 2:
      return static_cast<std::int16_t>(number);
    case 4:
      return static_cast<std::int32_t>(number);
    case 8:
      return static_cast<std::int64_t>(number);
    default:
      return 0;
  }
}

std::string InDollars(std::string_view sql) { return WithMark(sql, "$"); }

std::string OverArray(std::string_view sql) {
  constexpr std::string_view kEquals = "= ?1";
  std::size_t at = sql.find(kEquals);
  if (at == std::string_view::npos) return InDollars(sql);
  return InDollars(sql.substr(0, at)) + "= ANY ($1)" + InDollars(sql.substr(at + kEquals.size()));
}

std::string OverRows(std::string_view sql, std::span<const Value> types) {
  constexpr std::string_view kValues = "VALUES (", kWhere = " WHERE ";
  std::size_t values = sql.find(kValues), where = sql.find(kWhere);
  if (values != std::string_view::npos) {
    std::size_t begin = values + kValues.size(), end = sql.find(')', begin);
    return fmt::format("{}SELECT {} FROM {}{}", sql.substr(0, values),
                       WithMark(sql.substr(begin, end - begin), "v.c"), Unnest(types),
                       sql.substr(end + 1));
  }
  if (where == std::string_view::npos) where = sql.size();
  return fmt::format("{} FROM {}{}", WithMark(sql.substr(0, where), "v.c"), Unnest(types),
                     WithMark(sql.substr(where), "v.c"));
}

}  // namespace vdiwatch::collector
