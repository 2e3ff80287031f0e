#pragma once

#include "base/result.h"
#include "collector/store/sqlite.h"

namespace vdiwatch::collector {

// The newest schema that this program knows.
int NewestSchema();

// Whether the file is empty or ours, and not newer than this program. Writes nothing.
// Errors: invalid (no database, or another program's), conflict (newer).
Result<void> RequireOurs(Connection& connection);

// Brings the schema up to date, each step in a transaction of its own. Errors as above.
Result<void> Migrate(Connection& connection);

}  // namespace vdiwatch::collector
