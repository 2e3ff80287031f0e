#pragma once

#include <memory>

#include "collector/store/database.h"
#include "collector/store/reader.h"

namespace vdiwatch::collector {

// Behind the FleetReader's method, inside the caller's transaction.
Result<std::vector<PoolSummary>> PoolSummaries(Connection& db);

std::shared_ptr<FleetReader> MakeSqlReader(std::shared_ptr<SqlDatabase> database);

}  // namespace vdiwatch::collector
