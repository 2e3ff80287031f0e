#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>

#include "base/clock.h"
#include "base/result.h"
#include "collector/store/rows.h"
#include "collector/store/sqlite.h"

namespace vdiwatch::collector {

// Where a desktop counts.
struct Standing {
  std::int64_t pool_id = 0;
  std::optional<std::int64_t> profile_id;  // none before its facts are known
  Presence presence = Presence::kLive;
  bool operator==(const Standing&) const = default;
};

// The desktops that moved in one transaction. Each move is logged at once; the counts are written
// once a row at the end, in a fixed order, so that two writers cannot wait for each other.
class CountMoves {
 public:
  // `from` is nothing for a new desktop. No move if both are the same.
  Result<void> Move(Connection& db, std::int64_t desktop_id, const std::optional<Standing>& from,
                    const Standing& to, Time at);
  Result<void> Apply(Connection& db) const;

 private:
  void Count(const Standing& standing, std::int64_t desktops);

  using Key = std::tuple<std::int64_t, Presence>;
  std::map<Key, std::int64_t> profiles_;  // by profile id
  std::map<Key, std::int64_t> unjudged_;  // by pool id
};

}  // namespace vdiwatch::collector
