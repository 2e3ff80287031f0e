#include "server/feed_format.h"

#include <fmt/format.h>

#include "base/text.h"
#include "server/api_json.h"

namespace vdiwatch::server {
namespace {

using policy::Grade;

bool IsGood(const std::optional<Grade>& grade) {
  return !grade || *grade == Grade::kCompliant || *grade == Grade::kWaived ||
         *grade == Grade::kNotApplicable;
}

bool Fails(Grade grade) {
  return grade == Grade::kNoncompliant || grade == Grade::kUnknown || grade == Grade::kConditional;
}

}  // namespace

bool IsFinding(const collector::FeedEvent& event) {
  return !(IsGood(event.from) && IsGood(event.to) && (!event.from || !event.to));
}

std::vector<FeedReason> ReasonsOf(const collector::FeedEvent& event,
                                  const policy::PolicySet& in_force) {
  const bool pool = event.desktop_id == 0;
  Json found = StoredJson(pool ? event.reasons : event.verdict);
  const Json rules = pool || !found.is_object() ? std::move(found) : found.value("rules", Json());
  std::vector<FeedReason> reasons;
  if (!rules.is_array()) return reasons;
  for (const Json& one : rules) {
    const auto grade = policy::ParseGrade(one.value("grade", ""));
    if (!grade || !Fails(*grade) || one.value("severity", "") == "info") continue;
    FeedReason& reason = reasons.emplace_back();
    reason.rule = one.value(pool ? "rule" : "id", "");
    reason.title = one.value("title", reason.rule);
    reason.grade = *grade;
    reason.text = one.value(pool ? "text" : "why", "");
    const policy::Rule* rule = in_force.FindRule(reason.rule);
    if (rule == nullptr) continue;
    reason.title = rule->title;
    reason.remediation = rule->remediation;
  }
  return reasons;
}

std::string_view GradeText(const std::optional<Grade>& grade) {
  return grade ? policy::ToString(*grade) : "absent";
}

std::string Sentence(const collector::FeedEvent& event) {
  const std::string what =
      event.desktop_id == 0
          ? "Pool " + event.pool
          : fmt::format(
                "Desktop {} of pool {}",
                event.host_name.empty() ? collector::IdText(event.desktop_id) : event.host_name,
                event.pool);
  return fmt::format("{} went from {} to {}", what, GradeText(event.from), GradeText(event.to));
}

}  // namespace vdiwatch::server
