#include "collector/alert_book.h"

#include <algorithm>
#include <optional>

#include "base/digest.h"
#include "base/json.h"

namespace vdiwatch::collector {
namespace {

using policy::AlertCause;
using policy::Holds;

// What the look at one cause makes of its alert; nothing if that is as it was.
std::optional<AlertChange> LookAt(const Alert* stored, const AlertScope& scope,
                                  const AlertCause& cause, const policy::AlertTiming& timing,
                                  Time now) {
  std::optional<policy::AlertCourse> before;
  if (stored) before = stored->course;
  auto [course, notice] = policy::Advance(before, cause.holds, timing, now);
  if (!stored && !course) return std::nullopt;

  AlertChange change;
  if (stored) change.alert = *stored;
  if (!stored) {
    change.alert.id = RandomId();
    change.alert.pool_id = scope.pool_id;
    change.alert.cause = cause.cause;
  }
  if (cause.holds == Holds::kYes) change.alert.detail = AlertDetail(scope, cause);
  change.notice = notice;
  if (course) change.alert.course = *course;
  if (!course && notice) change.alert.resolved_at = now;
  change.dropped = !course && !notice;
  const bool same = stored && course && stored->course == *course &&
                    stored->detail == change.alert.detail && !notice;
  return same ? std::nullopt : std::optional(std::move(change));
}

}  // namespace

const policy::AlertTiming& AlertTimings::Of(std::string_view cause) const {
  auto own = by_cause.find(cause);
  if (own == by_cause.end()) own = by_cause.find(cause.substr(0, cause.find('/')));
  return own == by_cause.end() ? usual : own->second;
}

void AlertBook::Load(std::vector<Alert> alerts) {
  alerts_.clear();
  for (Alert& alert : alerts) {
    auto key = std::pair(alert.pool_id, alert.cause);
    alerts_.insert_or_assign(std::move(key), std::move(alert));
  }
}

std::vector<AlertChange> AlertBook::Look(const AlertScope& scope,
                                         const std::vector<AlertCause>& causes,
                                         const AlertTimings& timings, Time now) const {
  std::vector<AlertChange> changes;
  auto look = [&](const AlertCause& cause) {
    const auto found = alerts_.find({scope.pool_id, cause.cause});
    const Alert* stored = found == alerts_.end() ? nullptr : &found->second;
    auto change = LookAt(stored, scope, cause, timings.Of(cause.cause), now);
    if (change) changes.push_back(*std::move(change));
  };
  // A rule between `enter` and `leave` whose alert is open says why its pool is noncompliant: that
  // the pool is so begins nothing beside it.
  const bool explained = std::ranges::any_of(causes, [&](const AlertCause& cause) {
    if (cause.rule.empty() || cause.severity == policy::Severity::kInfo) return false;
    const auto found = alerts_.find({scope.pool_id, cause.cause});
    return cause.holds == Holds::kUnknown && found != alerts_.end() &&
           found->second.course.opened_at.has_value();
  });
  for (const AlertCause& cause : causes) {
    AlertCause seen = cause;
    if (explained && cause.cause == policy::kPoolNoncompliant && cause.holds == Holds::kYes) {
      seen.holds = Holds::kUnknown;
    }
    look(seen);
  }
  // What has an alert and no cause any more.
  for (auto it = alerts_.lower_bound({scope.pool_id, ""});
       it != alerts_.end() && it->first.first == scope.pool_id; ++it) {
    const std::string& cause = it->first.second;
    if (std::ranges::find(causes, cause, &AlertCause::cause) != causes.end()) continue;
    AlertCause gone;
    gone.cause = cause;
    look(gone);
  }
  return changes;
}

void AlertBook::Keep(const std::vector<AlertChange>& changes) {
  for (const AlertChange& change : changes) {
    auto key = std::pair(change.alert.pool_id, change.alert.cause);
    if (change.dropped || change.alert.resolved_at) {
      alerts_.erase(key);
    } else {
      alerts_.insert_or_assign(std::move(key), change.alert);
    }
  }
}

std::string AlertDetail(const AlertScope& scope, const AlertCause& cause) {
  Json attributes = Json::object();
  for (const auto& [key, value] : scope.attributes) attributes[key] = value;
  return Json{{"name", cause.name},
              {"pool", scope.pool},
              {"rule", cause.rule},
              {"severity", ToString(cause.severity)},
              {"grade", ToString(cause.grade)},
              {"desktops", cause.desktops},
              {"of", cause.of},
              {"text", cause.text},
              {"remediation", cause.remediation},
              {"attributes", std::move(attributes)}}
      .dump();
}

}  // namespace vdiwatch::collector
