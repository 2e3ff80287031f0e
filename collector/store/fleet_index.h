#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "collector/store/reader.h"

namespace vdiwatch::collector {

// A profile that desktops have, without the text of its verdict. As long as `version` is the same,
// so is that text: it is made of the profile, the policy set and the time, and the time changes it
// at valid_until alone.
struct ProfileStanding {
  std::string profile;  // raw digest
  std::int64_t pool_id = 0;
  struct Version {
    std::int64_t policy = 0;  // 0: there is no verdict yet
    std::int64_t grade = 0;
    std::int64_t valid_until = 0;  // 0: for ever
    bool operator==(const Version&) const = default;
  } version;
  std::map<Presence, std::int64_t> desktops;
};

struct StoreSize {
  std::string engine;      // "SQLite", "PostgreSQL"
  std::int64_t bytes = 0;  // on disk, without the journal
};

// Look-ups that cost the same however many desktops there are. Any thread may call. Errors:
// unavailable, internal.
class FleetIndex {
 public:
  virtual ~FleetIndex() = default;

  // The first desktops by host name that begin with `prefix`, in lower case; no retired ones.
  // `pools`: only theirs.
  virtual Result<std::vector<DesktopSummary>> HostsFrom(
      std::string_view prefix, const std::optional<std::vector<std::int64_t>>& pools,
      std::int64_t limit) = 0;
  virtual Result<std::vector<ProfileStanding>> Standings() = 0;
  virtual Result<std::vector<ProfileStanding>> StandingsOf(std::int64_t pool_id) = 0;
  // The verdicts' JSON by the raw digests of their profiles.
  virtual Result<std::vector<std::pair<std::string, std::string>>> Verdicts(
      std::span<const std::string> profiles) = 0;
  // The pool of this name, if it is stored, counted from its own profiles alone.
  virtual Result<std::optional<PoolSummary>> PoolNamed(std::string_view name) = 0;
  // Those with these raw digests that are stored, in no order.
  virtual Result<std::vector<StoredProfile>> Profiles(std::span<const std::string> digests) = 0;
  virtual Result<StoreSize> Size() = 0;
};

}  // namespace vdiwatch::collector
