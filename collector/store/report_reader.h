#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "collector/store/rows.h"
#include "collector/store/snapshot.h"

namespace vdiwatch::collector {

// A desktop as it stood at a moment in the past; its name and last_seen are those of now.
struct PastDesktop {
  std::int64_t id = 0;
  std::string host_name;
  Time last_seen{};
};

// A desktop as it stands now.
struct SeatedDesktop {
  std::int64_t id = 0;
  std::string host_name;
  Presence presence = Presence::kLive;
  Time last_seen{};
};

// A member that a list expects and that had a desktop in the pool then.
using PastHost = HostSeen;

// The fleet as it stood at one moment. One thread, inside OnPast alone.
class PastSnapshot {
 public:
  virtual ~PastSnapshot() = default;

  // By name. Their states are those of then, where they changed since without what waited; nothing
  // for a pool that nobody had judged. The reasons are left out.
  virtual Result<std::vector<Pool>> Pools() = 0;
  virtual const std::vector<StandingCount>& Counts() const = 0;  // no retired ones
  // Those with these ids, one at a time.
  virtual Result<void> EachProfile(const std::set<std::int64_t>& ids,
                                   const FleetSnapshot::VisitProfile& visit) = 0;
  // Desktops that stood so then, by id; `limit` of them at most.
  virtual Result<std::vector<PastDesktop>> Desktops(const Standing& standing,
                                                    std::int64_t limit) = 0;
  // Which of these host names the pool's desktops had, by name; no retired ones.
  virtual Result<std::vector<PastHost>> HostsSeen(std::int64_t pool_id,
                                                  std::span<const std::string> hosts) = 0;
};

// What reports are made of. Reads only; any thread may call.
class ReportReader {
 public:
  virtual ~ReportReader() = default;

  // The set that was in force at this time, with its files; its `at` is when it last came into
  // force before. not_found: none was.
  virtual Result<StoredPolicySet> PolicySetAt(Time at) = 0;
  using VisitSeated = std::function<Result<void>(const SeatedDesktop&)>;
  // The pool's desktops that are not retired, one at a time, by id.
  virtual Result<void> EachDesktop(std::int64_t pool_id, const VisitSeated& visit) = 0;
  // Runs `body` on the fleet as it stood at `at`, from one snapshot of the store. Reads the
  // desktops' log back to then and holds a few dozen bytes for each desktop that moved since.
  virtual Result<void> OnPast(Time at, const std::function<Result<void>(PastSnapshot&)>& body) = 0;
};

}  // namespace vdiwatch::collector
