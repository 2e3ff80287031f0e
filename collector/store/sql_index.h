#pragma once

#include <memory>

#include "collector/store/database.h"
#include "collector/store/fleet_index.h"

namespace vdiwatch::collector {

std::shared_ptr<FleetIndex> MakeSqlIndex(std::shared_ptr<SqlDatabase> database);

}  // namespace vdiwatch::collector
