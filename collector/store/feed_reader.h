#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "collector/store/rows.h"

namespace vdiwatch::collector {

// How far a follower has read in the logs of pools, desktops and profiles' verdicts. Within one
// change of verdicts `member` is the last desktop that was told of.
struct FeedCursor {
  std::int64_t pools = 0;
  std::int64_t desktops = 0;
  std::int64_t verdicts = 0;
  std::int64_t member = 0;
  bool operator==(const FeedCursor&) const = default;
};

// A pool or a desktop went from one grade to another. No grade: it was not there before, or is
// retired now; stale and not judged yet are unknown.
struct FeedEvent {
  std::string id;  // the same whenever it is read: followers know a repeat by it
  Time at{};
  std::string pool;
  std::int64_t desktop_id = 0;  // 0: the pool itself
  std::string host_name;
  Presence presence = Presence::kLive;
  std::optional<policy::Grade> from, to;
  std::string policy;   // digest of the set behind `to`; empty where there was no verdict
  std::string reasons;  // of a pool: JSON, as in Pool
  // Of a desktop: JSON of the verdict on its profile as it stands now, if its grade is still `to`.
  std::string verdict;
};

struct FeedPage {
  std::vector<FeedEvent> events;
  FeedCursor next;
  bool more = false;  // whether there may be events behind `next` already
};

// All changes of grade, oldest first, each exactly once over successive pages. Any thread may call.
class FeedReader {
 public:
  virtual ~FeedReader() = default;

  // Up to `limit` of those before `before`, which must lie so far back that no transaction is still
  // writing what happened before it.
  virtual Result<FeedPage> EventsAfter(const FeedCursor& cursor, Time before,
                                       std::int64_t limit) = 0;
  // Behind the last one before `before`.
  virtual Result<FeedCursor> End(Time before) = 0;
  // 32 random bytes that stay the same for all daemons over this database: what seals the places of
  // its logs. The first call ever makes them.
  virtual Result<std::string> PlaceKey() = 0;
};

}  // namespace vdiwatch::collector
