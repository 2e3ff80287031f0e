#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
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

// Opens, reminds of and ends the alerts of the fleet. Several daemons may look at one store: an
// alert is over once none of them has seen its cause for a while.
Result<void> LookAtFleet(collector::AlertStore& store, const FleetState& state,
                         const collector::AlertTimings& timings, Time now);

}  // namespace vdiwatch::server::alert
