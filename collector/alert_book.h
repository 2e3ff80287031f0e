#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "collector/store/alert_rows.h"
#include "policy/alert_causes.h"
#include "policy/waiver_causes.h"

namespace vdiwatch::collector {

// How long causes last before their alerts open, and so on: by cause, or by its part before a slash
// ("waiver-expiring/lab"), else the usual. A pool whose first desktops report is unknown for a
// while: that is no news.
struct AlertTimings {
  policy::AlertTiming usual;
  std::map<std::string, policy::AlertTiming, std::less<>> by_cause = {
      {std::string(policy::kPoolUnknown), {.hold = Seconds(60 * 60)}},
      {std::string(policy::kCoverageLost), {.hold = Seconds(15 * 60)}},
      {std::string(policy::kWaiverExpiring), {.remind_every = Seconds(7 * 24 * 60 * 60)}}};

  const policy::AlertTiming& Of(std::string_view cause) const;
};

// Whose causes are looked at: a pool, or with id 0 the fleet.
struct AlertScope {
  std::int64_t pool_id = 0;
  std::string pool;                                            // its name
  std::map<std::string, std::string, std::less<>> attributes;  // the pool's, for routes
};

// The alerts that are open or wait, of all pools, as they are stored. One thread.
class AlertBook {
 public:
  void Load(std::vector<Alert> alerts);

  // What a look at all causes of this scope changes; nothing is remembered before Keep.
  std::vector<AlertChange> Look(const AlertScope& scope,
                                const std::vector<policy::AlertCause>& causes,
                                const AlertTimings& timings, Time now) const;
  // These changes are stored.
  void Keep(const std::vector<AlertChange>& changes);

 private:
  std::map<std::pair<std::int64_t, std::string>, Alert> alerts_;  // by pool and cause
};

// What an alert's messages say: {"name","pool","rule","severity","grade","desktops","of","text",
// "remediation","attributes"}.
std::string AlertDetail(const AlertScope& scope, const policy::AlertCause& cause);

}  // namespace vdiwatch::collector
