#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collector/store/connection.h"
#include "collector/store/store.h"

namespace vdiwatch::collector {

// The queries behind the Store methods of the same names, inside the caller's transaction.
Result<std::vector<KnownIncarnation>> FindIncarnations(Connection& db,
                                                       std::span<const IncarnationQuery> queries);
Result<std::vector<Candidate>> FindCandidates(Connection& db, std::string_view slot,
                                              const Claims& claims);
Result<std::vector<Desktop>> DesktopsToWaive(Connection& db, std::span<const std::string> names);
Result<std::vector<HostSeen>> HostsSeen(Connection& db, std::int64_t pool_id,
                                        std::span<const std::string> hosts);
Result<std::optional<Candidate>> FindCandidate(Connection& db, std::int64_t desktop_id);
Result<std::vector<Candidate>> ProvisionalSince(Connection& db, Time before);

}  // namespace vdiwatch::collector
