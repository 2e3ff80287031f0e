#pragma once

#include "base/result.h"
#include "collector/store/sqlite.h"

namespace vdiwatch::collector {

// Whether the file is empty or ours, and not newer than this program. Writes nothing.
// Errors: invalid (no database, or another program's), conflict (newer).
Result<void> RequireOurs(SqliteConnection& connection);

// Brings the schema up to date, each step in a transaction of its own. Errors as above.
Result<void> Migrate(SqliteConnection& connection);

}  // namespace vdiwatch::collector
