#include "server/verdict_index.h"

#include "server/api_json.h"

namespace vdiwatch::server {
namespace {

std::vector<RuleOutcome> OutcomesOf(std::string_view verdict_text) {
  std::vector<RuleOutcome> outcomes;
  const Json verdict = StoredJson(verdict_text);
  if (!verdict.is_object() || !verdict.contains("rules")) return outcomes;
  for (const Json& rule : verdict["rules"]) {
    const auto grade = policy::ParseGrade(rule.value("grade", ""));
    if (!grade) continue;
    RuleOutcome& outcome = outcomes.emplace_back();
    outcome.rule = rule.value("id", "");
    outcome.grade = *grade;
    if (rule.contains("waiver")) outcome.waiver = rule["waiver"].value("id", "");
  }
  return outcomes;
}

}  // namespace

// A text may be newer than the version that was read before it; then the next call finds another
// version, and reads the text again.
Result<std::vector<JudgedProfile>> VerdictIndex::Profiles() {
  static const auto kNone = std::make_shared<const std::vector<RuleOutcome>>();
  ASSIGN_OR_RETURN(auto standings, index_.Standings());
  const std::lock_guard lock(mutex_);
  std::unordered_map<std::string, Remembered> now;
  std::vector<std::string> unread;
  for (const collector::ProfileStanding& standing : standings) {
    const auto found = remembered_.find(standing.profile);
    const bool known = found != remembered_.end() && found->second.version == standing.version;
    now[standing.profile] = known ? found->second : Remembered{standing.version, kNone};
    if (!known && standing.version.policy != 0) unread.push_back(standing.profile);
  }
  ASSIGN_OR_RETURN(const auto verdicts, index_.Verdicts(unread));
  for (const auto& [profile, text] : verdicts) {
    now[profile].outcomes = std::make_shared<const std::vector<RuleOutcome>>(OutcomesOf(text));
  }
  remembered_ = std::move(now);
  std::vector<JudgedProfile> profiles;
  profiles.reserve(standings.size());
  for (collector::ProfileStanding& standing : standings) {
    auto outcomes = remembered_.at(standing.profile).outcomes;
    profiles.push_back({std::move(standing), std::move(outcomes)});
  }
  return profiles;
}

}  // namespace vdiwatch::server
