#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collector/store/rows.h"
#include "collector/store/snapshot.h"

namespace vdiwatch::collector {

struct PoolSummary {
  Pool pool;
  std::int64_t desktops = 0;  // not retired
  std::int64_t live = 0, off = 0, stale = 0;
  std::map<policy::Grade, std::int64_t> grades;  // live and off desktops by grade
  std::int64_t unjudged = 0;                     // not stale, facts not known yet
};

struct PoolTransition {
  Time at{};
  policy::Grade from = policy::Grade::kUnknown;
  policy::Grade to = policy::Grade::kUnknown;
  std::string policy;   // digest of the set
  std::string reasons;  // JSON
};

// Retired desktops are left out unless `presence` asks for them.
struct DesktopFilter {
  std::optional<std::int64_t> pool_id = {};
  std::optional<std::vector<std::int64_t>> pool_ids = {};  // any of them
  std::optional<policy::Grade> grade = {};  // of its profile's verdict; stale ones are unknown
  std::optional<Presence> presence = {};
  bool reporting = false;                                 // only live ones and those that are off
  std::optional<std::vector<std::string>> profiles = {};  // raw digests; any of them
  std::string search = {};  // part of the host name, or IdText; empty: all
  std::int64_t after = 0;   // cursor: the id behind which to go on
  std::int64_t limit = 50;
};

struct DesktopSummary {
  Desktop desktop;
  std::string pool;
  policy::Grade grade = policy::Grade::kUnknown;
  std::string verdict;  // JSON of its profile's verdict; empty before there is one
  std::string policy;   // digest of the set behind the verdict; likewise
};

// Either the desktop moved (profile, presence), or the verdict on its profile changed under it.
struct DesktopTransition {
  Time at{};
  std::string profile;  // raw digest; empty while its facts were not known
  policy::Grade grade = policy::Grade::kUnknown;  // of that profile, at that time
  Presence presence = Presence::kLive;
  std::string policy;  // digest of the set behind the grade; empty where there was no verdict
};

struct ProfileRow {
  Profile profile;
  ProfileVerdict verdict;
  std::map<Presence, std::int64_t> desktops;
};

// The fleet as people look at it: reads only, never waits for a writer. Any thread may call.
class FleetReader {
 public:
  virtual ~FleetReader() = default;

  virtual Result<std::vector<PoolSummary>> PoolSummaries() = 0;  // by name
  virtual Result<std::vector<ProfileRow>> PoolProfiles(std::int64_t pool_id) = 0;
  virtual Result<std::vector<PoolTransition>> PoolTransitions(std::int64_t pool_id,
                                                              std::int64_t limit) = 0;
  // Newest first, without their files.
  virtual Result<std::vector<StoredPolicySet>> PolicySets(std::int64_t limit) = 0;
  virtual Result<StoredPolicySet> PolicySetByDigest(std::string_view digest) = 0;  // not_found
  virtual Result<std::vector<DesktopSummary>> Desktops(const DesktopFilter& filter) = 0;  // by id
  virtual Result<DesktopSummary> DesktopById(std::int64_t id) = 0;  // not_found
  virtual Result<std::vector<DesktopSummary>> DesktopsByHost(std::string_view host_name) = 0;
  virtual Result<std::vector<Incarnation>> IncarnationsOf(std::int64_t desktop_id) = 0;
  // How many incarnations that may speak for a desktop in the counts have a certificate that ends
  // before this.
  virtual Result<std::int64_t> CertificatesUntil(Time end) = 0;
  virtual Result<std::vector<DesktopEvent>> EventsOf(std::int64_t desktop_id,
                                                     std::int64_t limit) = 0;  // newest first
  virtual Result<std::vector<DesktopTransition>> TransitionsOf(std::int64_t desktop_id,
                                                               std::int64_t limit) = 0;

  // Runs `body` on one snapshot and ends with its result; commits go on meanwhile.
  virtual Result<void> OnSnapshot(const std::function<Result<void>(FleetSnapshot&)>& body) = 0;
};

}  // namespace vdiwatch::collector
