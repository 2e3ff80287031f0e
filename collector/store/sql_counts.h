#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>

#include "base/clock.h"
#include "base/result.h"
#include "collector/store/connection.h"
#include "collector/store/rows.h"
#include "collector/store/snapshot.h"

namespace vdiwatch::collector {

// The desktops that moved in one transaction. Log and counts are written at the end: the counts
// once a row and in a fixed order, so that two writers cannot wait for each other.
class CountMoves {
 public:
  // `from` is nothing for a new desktop. No move if both are the same.
  void Move(std::int64_t desktop_id, const std::optional<Standing>& from, const Standing& to,
            Time at);
  // Call it once, after the desktops themselves are written.
  Result<void> Apply(Connection& db) const;

 private:
  void Count(const Standing& standing, std::int64_t desktops);

  using Key = std::tuple<std::int64_t, Presence>;
  std::map<Key, std::int64_t> profiles_;  // by profile id
  std::map<Key, std::int64_t> unjudged_;  // by pool id
  Rows log_;
};

}  // namespace vdiwatch::collector
