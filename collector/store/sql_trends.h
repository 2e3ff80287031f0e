#pragma once

#include <memory>

#include "collector/store/database.h"
#include "collector/store/trend_store.h"

namespace vdiwatch::collector {

std::shared_ptr<TrendStore> MakeSqlTrends(std::shared_ptr<SqlDatabase> database);

}  // namespace vdiwatch::collector
