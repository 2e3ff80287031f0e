#pragma once

#include <memory>

#include "collector/store/database.h"
#include "collector/store/reader.h"

namespace vdiwatch::collector {

std::shared_ptr<FleetReader> MakeSqlReader(std::shared_ptr<SqlDatabase> database);

}  // namespace vdiwatch::collector
