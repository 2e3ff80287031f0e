#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "collector/store/connection.h"
#include "collector/store/snapshot.h"

namespace vdiwatch::collector {

// Over a connection that stands in a read transaction, which must outlive it.
std::unique_ptr<FleetSnapshot> MakeSqlSnapshot(Connection& db);

// SELECT of what ReadStoredProfile reads; profile is `p`.
std::string SelectStoredProfiles(std::string_view rest);
StoredProfile ReadStoredProfile(Row& row);

}  // namespace vdiwatch::collector
