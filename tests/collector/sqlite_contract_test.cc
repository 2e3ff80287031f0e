// SQLite under the contract that every engine of the store must keep.

#include "tests/collector/sqlite_files.h"
#include "tests/collector/store_fixtures.h"

namespace vdiwatch::collector {

VDIWATCH_STORE_CONTRACT(Sqlite, SqliteCase());

}  // namespace vdiwatch::collector
