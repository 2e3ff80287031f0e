#pragma once

#include <memory>

#include "collector/store/database.h"
#include "collector/store/store.h"

namespace vdiwatch::collector {

std::shared_ptr<Store> MakeSqlStore(std::shared_ptr<SqlDatabase> database);

}  // namespace vdiwatch::collector
