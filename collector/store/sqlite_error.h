#pragma once

#include <string_view>

#include "base/result.h"

namespace vdiwatch::collector {

// What a result code of SQLite (https://sqlite.org/rescode.html) means to our callers. `text` is
// SQLite's own message, `system` the errno behind it or 0.
Error ErrorOfSqlite(std::string_view file, int code, std::string_view text, int system);

}  // namespace vdiwatch::collector
