#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "collector/store/connection.h"
#include "collector/store/store.h"

namespace vdiwatch::collector {

// The statements behind Store::Prune and Store::CollectUnused, inside the caller's transaction.
Result<PruneCursor> PruneStep(Connection& db, PruneCursor cursor, Time before);

// Profiles (ids) that no desktop and no history refers to. Reads every log row once.
Result<std::vector<std::int64_t>> UnusedProfiles(Connection& db);
// Deletes these profiles, and the fact sets, readings and states that nothing refers to then; the
// digests of the profiles that went.
Result<std::vector<std::string>> DeleteUnused(Connection& db,
                                              const std::vector<std::int64_t>& profiles);

}  // namespace vdiwatch::collector
