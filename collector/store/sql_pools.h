#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collector/store/connection.h"
#include "collector/store/store.h"

namespace vdiwatch::collector {

// Pools, tokens, profiles and policy sets, inside the caller's transaction.
Result<std::optional<Pool>> FindPool(Connection& db, std::string_view name);
Result<Pool> MakePool(Connection& db, std::string_view name);  // or the one that is there by now
Result<void> WritePools(Connection& db, std::span<const PoolChange> pools, std::string_view policy,
                        Time at);
Result<std::int64_t> WriteEnrolToken(Connection& db, const EnrolToken& token);  // its id
Result<void> WritePolicySet(Connection& db, std::string_view digest, std::string_view files,
                            Time at);
Result<std::vector<StoredPolicySet>> ListPolicySets(Connection& db, std::int64_t limit);
Result<StoredPolicySet> FindPolicySet(Connection& db, std::string_view digest);
Result<std::vector<Profile>> AllProfiles(Connection& db);
Result<std::vector<ProfileCount>> PoolCounts(Connection& db, std::int64_t pool_id);

}  // namespace vdiwatch::collector
