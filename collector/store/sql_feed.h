#pragma once

#include <memory>

#include "collector/store/database.h"
#include "collector/store/feed_reader.h"

namespace vdiwatch::collector {

std::shared_ptr<FeedReader> MakeSqlFeed(std::shared_ptr<SqlDatabase> database);

}  // namespace vdiwatch::collector
