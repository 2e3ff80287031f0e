// PostgreSQL under the contract that every engine of the store must keep.

#include "tests/collector/postgres_engine.h"
#include "tests/collector/store_fixtures.h"

namespace vdiwatch::collector {

VDIWATCH_STORE_CONTRACT(Postgres, PostgresCase());

}  // namespace vdiwatch::collector
