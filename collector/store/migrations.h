#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vdiwatch::collector {

// The newest schema that this program knows.
int NewestSchema();

// The script that leads from schema `schema` to the next one, in the words of an engine.
std::string SqliteStep(std::int64_t schema);
std::string PostgresStep(std::int64_t schema);

// Why a database, named by `where`, is not opened.
Error AnotherPrograms(std::string_view where);
Error TooNew(std::string_view where, std::int64_t schema);

}  // namespace vdiwatch::collector
