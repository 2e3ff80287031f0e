#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "collector/store/database.h"
#include "collector/store/reader.h"

namespace vdiwatch::collector {

// Behind the FleetReader's and the FleetIndex's methods, inside the caller's transaction.
Result<std::vector<PoolSummary>> PoolSummaries(Connection& db);
Result<std::optional<PoolSummary>> PoolSummaryNamed(Connection& db, std::string_view name);

std::shared_ptr<FleetReader> MakeSqlReader(std::shared_ptr<SqlDatabase> database);

}  // namespace vdiwatch::collector
