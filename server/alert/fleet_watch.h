#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "collector/alert_book.h"
#include "collector/store/alert_store.h"
#include "server/alert/desk.h"

namespace vdiwatch::server::alert {

// Causes of alerts of the fleet.
inline constexpr std::string_view kPolicyRefused = "policy-refused";
inline constexpr std::string_view kAlertsFileRefused = "alerts-file-refused";
inline constexpr std::string_view kSinkFailing = "sink-failing";  // and a slash, and its name

// What the daemon knows of itself.
struct FleetState {
  std::string policy_problem;       // why newer policy files are not in force; empty: they are
  std::string alerts_file_problem;  // likewise of alerts_file
  std::vector<SinkStatus> sinks;
};

// Pure.
std::vector<policy::AlertCause> FleetCauses(const FleetState& state);

// Opens and ends the alerts of the fleet. Several daemons may look at one store: an alert is over
// when none of them has seen its cause for a while. One thread at a time.
class FleetWatch {
 public:
  FleetWatch(collector::AlertStore& store, const Clock& clock) : store_(store), clock_(clock) {}
  Result<void> Look(const FleetState& state, const collector::AlertTimings& timings);

 private:
  collector::AlertStore& store_;
  const Clock& clock_;
};

}  // namespace vdiwatch::server::alert
