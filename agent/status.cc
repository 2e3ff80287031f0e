#include "agent/status.h"

#include <fmt/format.h>

namespace vdiwatch::agent {
namespace {

constexpr std::size_t kMaxBytes = 1 << 20;
// Far beyond any life, and far from 2^53, which the protocol ends at.
constexpr std::int64_t kMaxSequence = std::int64_t{1} << 52;

Json TimeOrNull(const std::optional<Time>& time) {
  return time ? Json(FormatTime(*time)) : Json(nullptr);
}

Result<std::optional<Time>> OptionalTime(const Json& json, std::string_view key) {
  ASSIGN_OR_RETURN(std::string text, JsonMemberOr<std::string>(json, key, ""));
  if (text.empty()) return std::optional<Time>();
  ASSIGN_OR_RETURN(Time time, ParseTime(text));
  return std::optional<Time>(time);
}

Result<std::vector<RuleSummary>> RulesFrom(const Json& json) {
  std::vector<RuleSummary> rules;
  auto member = json.find("rules");
  if (member == json.end() || !member->is_array()) return Invalid("'rules' must be a list");
  for (const Json& entry : *member) {
    RuleSummary rule;
    ASSIGN_OR_RETURN(rule.rule, JsonMember<std::string>(entry, "rule"));
    ASSIGN_OR_RETURN(rule.grade, JsonMember<std::string>(entry, "grade"));
    ASSIGN_OR_RETURN(rule.why, JsonMember<std::string>(entry, "why", 4096));
    rules.push_back(std::move(rule));
  }
  return rules;
}

Result<std::vector<std::string>> PassedFrom(const Json& json) {
  std::vector<std::string> passed;
  auto member = json.find("passed");
  if (member == json.end()) return passed;
  if (!member->is_array()) return Invalid("'passed' must be a list");
  for (const Json& id : *member) {
    if (id.is_string()) passed.push_back(id);
  }
  return passed;
}

Result<Status> FromJson(const Json& json) {
  Status status;
  ASSIGN_OR_RETURN(status.collector, JsonMember<std::string>(json, "collector"));
  ASSIGN_OR_RETURN(status.last_check_in, OptionalTime(json, "last_check_in"));
  ASSIGN_OR_RETURN(std::string next, JsonMember<std::string>(json, "next_check_in"));
  ASSIGN_OR_RETURN(status.next_check_in, ParseTime(next));
  ASSIGN_OR_RETURN(status.desktop, JsonMember<std::string>(json, "desktop"));
  ASSIGN_OR_RETURN(status.pool, JsonMember<std::string>(json, "pool"));
  ASSIGN_OR_RETURN(status.grade, JsonMember<std::string>(json, "grade"));
  ASSIGN_OR_RETURN(status.rules, RulesFrom(json));
  ASSIGN_OR_RETURN(status.passed, PassedFrom(json));
  ASSIGN_OR_RETURN(status.problem, JsonMember<std::string>(json, "problem", 4096));
  ASSIGN_OR_RETURN(status.clock_ahead_s, JsonMember<std::int64_t>(json, "clock_ahead_s"));
  ASSIGN_OR_RETURN(status.certificate_expires, OptionalTime(json, "certificate_expires"));
  ASSIGN_OR_RETURN(status.spooled, JsonMember<std::int64_t>(json, "spooled"));
  ASSIGN_OR_RETURN(status.lost_changes, JsonMember<std::int64_t>(json, "lost_changes"));
  ASSIGN_OR_RETURN(status.sequence, JsonMember<std::int64_t>(json, "sequence"));
  if (status.sequence < 0 || status.sequence > kMaxSequence) {
    return Invalid("'sequence' is out of range");
  }
  ASSIGN_OR_RETURN(status.told, JsonMember<std::string>(json, "told"));
  ASSIGN_OR_RETURN(status.verdict, JsonMemberOr<std::string>(json, "verdict", ""));
  return status;
}

// "12 minutes ago", "in 3 minutes"
std::string Relative(Time then, Time now) {
  auto span = std::chrono::abs(then - now);
  std::string text = span < Seconds(120)        ? fmt::format("{} s", span.count())
                     : span < Seconds(2 * 3600) ? fmt::format("{} minutes", span.count() / 60)
                                                : fmt::format("{} hours", span.count() / 3600);
  return then > now ? "in " + text : text + " ago";
}

std::string StateChanges(std::int64_t count) {
  return fmt::format("{} state {}", count, count == 1 ? "change" : "changes");
}

}  // namespace

Json StatusForPeople(const Status& status) {
  Json rules = Json::array();
  for (const auto& rule : status.rules) {
    rules.push_back({{"rule", rule.rule}, {"grade", rule.grade}, {"why", rule.why}});
  }
  return {{"collector", status.collector},
          {"last_check_in", TimeOrNull(status.last_check_in)},
          {"next_check_in", FormatTime(status.next_check_in)},
          {"desktop", status.desktop},
          {"pool", status.pool},
          {"grade", status.grade},
          {"rules", std::move(rules)},
          {"passed", status.passed},
          {"problem", status.problem},
          {"clock_ahead_s", status.clock_ahead_s},
          {"certificate_expires", TimeOrNull(status.certificate_expires)},
          {"spooled", status.spooled},
          {"lost_changes", status.lost_changes}};
}

std::string StatusToText(const Status& status) {
  Json json = StatusForPeople(status);
  json["sequence"] = status.sequence;
  json["told"] = status.told;
  json["verdict"] = status.verdict;
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Status> StatusFromText(std::string_view text, std::string_view what) {
  ASSIGN_OR_RETURN(Json json, ParseJson(text, what, {.max_bytes = kMaxBytes, .max_depth = 6}));
  auto status = FromJson(json);
  if (!status) return Invalid(fmt::format("{}: {}", what, status.error().message));
  return status;
}

std::string DescribeStatus(const Status& status, Time now) {
  std::string text =
      fmt::format("Verdict: {}{}\n", status.grade.empty() ? "none yet" : status.grade,
                  status.pool.empty() ? "" : fmt::format(" (pool {})", status.pool));
  for (const auto& rule : status.rules) {
    text += fmt::format("  {}: {}: {}\n", rule.grade, rule.rule, rule.why);
  }
  text += fmt::format("Last check-in: {}\n",
                      status.last_check_in ? Relative(*status.last_check_in, now) : "never");
  text += fmt::format("Next check-in: {}\n", Relative(status.next_check_in, now));
  text += fmt::format("Collector: {}\n", status.collector);
  if (status.certificate_expires) {
    text += fmt::format("Certificate expires: {}\n", FormatTime(*status.certificate_expires));
  }
  if (!status.problem.empty()) text += fmt::format("Problem: {}\n", status.problem);
  if (std::chrono::abs(Seconds(status.clock_ahead_s)) >= kNoticeableSkew) {
    text += fmt::format("Clock: {} s {} the collector's\n", std::abs(status.clock_ahead_s),
                        status.clock_ahead_s > 0 ? "ahead of" : "behind");
  }
  if (status.spooled > 0) {
    text += fmt::format("Waiting to be told: {}\n", StateChanges(status.spooled));
  }
  if (status.lost_changes > 0) {
    text += fmt::format("Lost: {}\n", StateChanges(status.lost_changes));
  }
  return text;
}

}  // namespace vdiwatch::agent
