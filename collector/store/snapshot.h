#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "collector/store/rows.h"
#include "collector/store/store.h"

namespace vdiwatch::collector {

// Where a desktop counts.
struct Standing {
  std::int64_t pool_id = 0;
  std::optional<std::int64_t> profile_id;  // none before its facts are known
  Presence presence = Presence::kLive;
  auto operator<=>(const Standing&) const = default;
};

struct StandingCount {
  Standing standing;
  std::int64_t desktops = 0;
};

// One desktop went from one standing to another; `from` is nothing for a new one.
struct Move {
  Time at{};
  std::optional<Standing> from;
  Standing to;
};

struct StoredProfile {
  std::int64_t id = 0;  // what Standing::profile_id says
  Profile profile;
  std::string fact_set;  // the text behind profile.facts_digest
};

struct NamedDesktop {
  std::int64_t id = 0;
  std::string host_name;
};

// How the fleet stood at a moment in the past.
struct PastFleet {
  std::vector<StandingCount> counts;                // no retired ones
  std::map<std::int64_t, policy::PoolState> pools;  // by pool id; those that were judged by then
  std::int64_t moves = 0;                           // that were recorded after it
};

// The store as it stands at one moment, whatever is written meanwhile. One thread. Visitors may
// end a reading with an error, which is then its result.
class FleetSnapshot {
 public:
  virtual ~FleetSnapshot() = default;

  virtual Result<std::vector<Pool>> Pools() = 0;  // by name
  using VisitProfile = std::function<Result<void>(const StoredProfile&)>;
  virtual Result<void> EachProfile(const VisitProfile& visit) = 0;  // one at a time, by id
  virtual Result<std::vector<StandingCount>> Counts() = 0;          // no retired ones
  // Some of the profile's live desktops and those that are off.
  virtual Result<std::vector<NamedDesktop>> DesktopsOf(std::int64_t profile_id,
                                                       std::int64_t limit) = 0;
  // As the Store's methods of the same names.
  virtual Result<std::vector<Desktop>> DesktopsToWaive(std::span<const std::string> names) = 0;
  virtual Result<std::vector<HostSeen>> HostsSeen(std::int64_t pool_id,
                                                  std::span<const std::string> hosts) = 0;

  // First how the fleet stood at `since`, then every later move in the order of the log. Holds a
  // few dozen bytes for each desktop that moved.
  using VisitPast = std::function<Result<void>(const PastFleet&)>;
  using VisitMove = std::function<Result<void>(const Move&)>;
  virtual Result<void> Replay(Time since, const VisitPast& past, const VisitMove& move) = 0;
};

}  // namespace vdiwatch::collector
