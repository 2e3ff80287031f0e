#pragma once

#include <memory>
#include <string_view>

#include "collector/store/database.h"
#include "collector/store/store_probe.h"

namespace vdiwatch::collector {

// `size`: the engine's SELECT of the bytes that the database takes.
std::shared_ptr<StoreProbe> MakeSqlProbe(std::shared_ptr<SqlDatabase> database,
                                         std::string_view size);

}  // namespace vdiwatch::collector
