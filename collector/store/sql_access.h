#pragma once

#include <memory>

#include "collector/store/access_store.h"
#include "collector/store/database.h"

namespace vdiwatch::collector {

std::shared_ptr<AccessStore> MakeSqlAccess(std::shared_ptr<SqlDatabase> database);

}  // namespace vdiwatch::collector
