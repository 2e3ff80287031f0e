#pragma once

#include <memory>

#include "collector/store/reader.h"
#include "collector/store/sqlite_database.h"

namespace vdiwatch::collector {

std::shared_ptr<FleetReader> MakeSqlReader(std::shared_ptr<SqliteDatabase> database);

}  // namespace vdiwatch::collector
