#pragma once

#include <memory>

#include "collector/store/access_store.h"
#include "collector/store/sqlite_database.h"

namespace vdiwatch::collector {

std::shared_ptr<AccessStore> MakeSqlAccess(std::shared_ptr<SqliteDatabase> database);

}  // namespace vdiwatch::collector
