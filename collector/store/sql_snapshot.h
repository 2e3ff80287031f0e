#pragma once

#include <memory>

#include "collector/store/connection.h"
#include "collector/store/snapshot.h"

namespace vdiwatch::collector {

// Over a connection that stands in a read transaction, which must outlive it.
std::unique_ptr<FleetSnapshot> MakeSqlSnapshot(Connection& db);

}  // namespace vdiwatch::collector
