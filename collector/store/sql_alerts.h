#pragma once

#include <memory>

#include "collector/store/alert_store.h"
#include "collector/store/database.h"

namespace vdiwatch::collector {

std::shared_ptr<AlertStore> MakeSqlAlerts(std::shared_ptr<SqlDatabase> database);

}  // namespace vdiwatch::collector
