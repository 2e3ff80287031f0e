#include "server/alert/fleet_watch.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace vdiwatch::server::alert {
namespace {

using policy::AlertCause;
using policy::Severity;

constexpr std::int64_t kMostAlerts = 1000;
constexpr std::size_t kMostProblemBytes = 600;
// One attempt that fails is no news.
constexpr Seconds kSinkHold{15 * 60};

AlertCause Cause(std::string cause, std::string name, Severity severity, std::string text,
                 std::string remediation) {
  return {.cause = std::move(cause),
          .name = std::move(name),
          .rule = "",
          .severity = severity,
          .grade = policy::Grade::kUnknown,
          .holds = policy::Holds::kYes,
          .desktops = 0,
          .of = 0,
          .text = std::move(text),
          .remediation = std::move(remediation)};
}

// The first of several lines, and how many there are.
std::string FirstLine(const std::string& problem) {
  const auto lines = Split(problem, '\n');
  std::string text = Printable(lines[0], kMostProblemBytes);
  if (lines.size() > 1) text += fmt::format(" (and {} more)", lines.size() - 1);
  return text;
}

// A sink that nothing got through to since its alert began is not mended: what a test or a
// heartbeat found is forgotten with a restart.
void AddUnproven(const FleetState& state, const std::vector<collector::Alert>& stored,
                 std::vector<AlertCause>& causes) {
  for (const SinkStatus& sink : state.sinks) {
    const std::string cause = fmt::format("{}/{}", kSinkFailing, sink.name);
    if (std::ranges::find(causes, cause, &AlertCause::cause) != causes.end()) continue;
    const auto alert = std::ranges::find(stored, cause, &collector::Alert::cause);
    if (alert == stored.end() || !alert->course.opened_at) continue;
    if (sink.last_good >= alert->course.since) continue;
    AlertCause unproven;
    unproven.cause = cause;
    unproven.holds = policy::Holds::kUnknown;
    causes.push_back(std::move(unproven));
  }
}

}  // namespace

std::vector<AlertCause> FleetCauses(const FleetState& state) {
  std::vector<AlertCause> causes;
  if (!state.policy_problem.empty()) {
    causes.push_back(Cause(std::string(kPolicyRefused), "PolicyRefused", Severity::kMajor,
                           "The policy files are refused, and the last good set stays in force: " +
                               FirstLine(state.policy_problem),
                           "Correct them; `vdiwatch policy lint` names every mistake."));
  }
  if (!state.alerts_file_problem.empty()) {
    causes.push_back(
        Cause(std::string(kAlertsFileRefused), "AlertsFileRefused", Severity::kMajor,
              "alerts_file is refused, and the last good one, if any, stays in force: " +
                  FirstLine(state.alerts_file_problem),
              "Correct it; `vdiwatch alert lint` names every mistake."));
  }
  for (const SinkStatus& sink : state.sinks) {
    if (sink.state != "failing" && sink.state != "disabled") continue;
    causes.push_back(Cause(
        fmt::format("{}/{}", kSinkFailing, sink.name), "AlertSinkFailing", Severity::kMajor,
        fmt::format("Alerts do not reach the sink {} ({}): {}", sink.name, sink.state, sink.why),
        fmt::format("Mend the receiver, and try it: `vdiwatch alert test {}`.", sink.name)));
  }
  return causes;
}

Result<void> LookAtFleet(collector::AlertStore& store, const FleetState& state,
                         const collector::AlertTimings& timings, Time now) {
  collector::AlertFilter filter;
  filter.states = {collector::AlertState::kWaiting, collector::AlertState::kOpen};
  filter.pool_id = 0;
  filter.limit = kMostAlerts;
  ASSIGN_OR_RETURN(auto stored, store.Alerts(filter));
  auto causes = FleetCauses(state);
  AddUnproven(state, stored, causes);
  collector::AlertBook book;
  book.Load(std::move(stored));
  collector::AlertTimings own = timings;
  own.by_cause.try_emplace(std::string(kSinkFailing), policy::AlertTiming{.hold = kSinkHold});
  const auto done = store.CommitAlerts(book.Look({}, causes, own, now), now);
  // Another daemon was quicker: the next look sees that.
  if (!done && done.error().kind != ErrorKind::kConflict) return done;
  return {};
}

}  // namespace vdiwatch::server::alert
