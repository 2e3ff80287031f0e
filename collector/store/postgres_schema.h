#pragma once

#include "base/result.h"
#include "collector/store/postgres.h"

namespace vdiwatch::collector {

// Whether the server suits and its database is empty or ours, and not newer than this program.
// Writes nothing. Errors: invalid (server too old, not UTF-8, another program's database),
// unavailable (read-only), conflict (newer).
Result<void> RequireOurs(PostgresConnection& connection);

// Brings the schema up to date, each step in a transaction of its own; several collectors may do so
// at once. Errors as above.
Result<void> Migrate(PostgresConnection& connection);

}  // namespace vdiwatch::collector
