#include "server/verdict_index.h"

#include <unordered_set>
#include <utility>

#include "server/stored_verdict.h"

namespace vdiwatch::server {

using collector::ProfileStanding;

VerdictIndex::Outcomes VerdictIndex::OutcomesOf(std::string_view verdict_text) {
  std::vector<RuleOutcome> outcomes;
  ReadStoredRules(verdict_text, [&](StoredRule&& rule) {
    auto words = std::make_shared<const RuleWords>(
        RuleWords{std::move(rule.title), std::move(rule.severity), std::move(rule.url),
                  std::move(rule.remediation), std::move(rule.contact), std::move(rule.why),
                  std::move(rule.excuse)});
    outcomes.push_back({std::move(rule.id), rule.grade, std::move(rule.waiver),
                        *words_.insert(std::move(words)).first});
    return true;
  });
  return std::make_shared<const std::vector<RuleOutcome>>(std::move(outcomes));
}

// A text may be newer than the version that was read before it; then the next call finds another
// version, and reads the text again.
Result<void> VerdictIndex::Remember(const std::vector<ProfileStanding>& standings) {
  std::vector<std::string> unread;
  std::unordered_map<std::string_view, ProfileStanding::Version> versions;
  for (const ProfileStanding& standing : standings) {
    const auto found = remembered_.find(standing.profile);
    const bool known = found != remembered_.end() && found->second.version == standing.version;
    if (known || standing.version.policy == 0) continue;
    unread.push_back(standing.profile);
    versions.emplace(standing.profile, standing.version);
  }
  ASSIGN_OR_RETURN(const auto verdicts, index_.Verdicts(unread));
  for (const auto& [profile, text] : verdicts) {
    remembered_[profile] = {versions.at(profile), OutcomesOf(text)};
  }
  return {};
}

void VerdictIndex::ForgetOthers(const std::vector<ProfileStanding>& standings) {
  if (remembered_.size() > standings.size()) {
    std::unordered_set<std::string_view> there;
    for (const ProfileStanding& standing : standings) there.insert(standing.profile);
    std::erase_if(remembered_, [&](const auto& entry) { return !there.contains(entry.first); });
  }
  std::erase_if(words_, [](const auto& words) { return words.use_count() == 1; });
}

std::vector<JudgedProfile> VerdictIndex::Judged(std::vector<ProfileStanding> standings) const {
  static const auto kNone = std::make_shared<const std::vector<RuleOutcome>>();
  std::vector<JudgedProfile> profiles;
  profiles.reserve(standings.size());
  for (ProfileStanding& standing : standings) {
    const auto found = remembered_.find(standing.profile);
    const bool judged = found != remembered_.end() && standing.version.policy != 0;
    profiles.push_back({std::move(standing), judged ? found->second.outcomes : kNone});
  }
  return profiles;
}

Result<std::vector<JudgedProfile>> VerdictIndex::Profiles() {
  ASSIGN_OR_RETURN(auto standings, index_.Standings());
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(Remember(standings));
  ForgetOthers(standings);
  return Judged(std::move(standings));
}

Result<std::vector<JudgedProfile>> VerdictIndex::ProfilesOf(std::int64_t pool_id) {
  ASSIGN_OR_RETURN(auto standings, index_.StandingsOf(pool_id));
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(Remember(standings));
  return Judged(std::move(standings));
}

}  // namespace vdiwatch::server
