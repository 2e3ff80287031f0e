#include "server/fact_index.h"

#include <algorithm>
#include <unordered_set>

#include "collector/profile.h"
#include "report/fact.h"

namespace vdiwatch::server {

using collector::ProfileStanding;

std::int64_t Reporting(const ProfileStanding& standing) {
  std::int64_t count = 0;
  for (const auto& [presence, desktops] : standing.desktops) {
    const bool reports =
        presence == collector::Presence::kLive || presence == collector::Presence::kOff;
    count += reports ? desktops : 0;
  }
  return count;
}

Result<void> FactIndex::Remember(const std::vector<ProfileStanding>& standings) {
  std::vector<std::string> unread;
  for (const ProfileStanding& standing : standings) {
    if (!remembered_.contains(standing.profile)) unread.push_back(standing.profile);
  }
  ASSIGN_OR_RETURN(const auto profiles, index_.Profiles(unread));
  for (const collector::StoredProfile& stored : profiles) {
    ASSIGN_OR_RETURN(const Facts facts, collector::ProfileFacts(stored.profile, stored.fact_set));
    Answers answers;
    for (const auto& [key, fact] : facts) {
      if (const FactSpec* spec = FindFact(key)) answers.emplace_back(spec, Describe(fact));
    }
    std::ranges::sort(answers);
    remembered_.emplace(stored.profile.digest, std::make_shared<const Answers>(std::move(answers)));
  }
  return {};
}

void FactIndex::ForgetOthers(const std::vector<ProfileStanding>& standings) {
  if (remembered_.size() <= standings.size()) return;
  std::unordered_set<std::string_view> there;
  for (const ProfileStanding& standing : standings) there.insert(standing.profile);
  std::erase_if(remembered_, [&](const auto& entry) { return !there.contains(entry.first); });
}

// Null of a profile that is gone; what its facts do not hold is said in words, too.
const std::string* FactIndex::AnswerOf(const std::string& profile, const FactSpec& fact,
                                       const std::string& if_not_there) const {
  const auto known = remembered_.find(profile);
  if (known == remembered_.end()) return nullptr;
  const Answers& answers = *known->second;
  const auto answer = std::ranges::lower_bound(answers, &fact, {}, &Answers::value_type::first);
  const bool there = answer != answers.end() && answer->first == &fact;
  return there ? &answer->second : &if_not_there;
}

Result<std::vector<std::string>> FactIndex::ProfilesWith(std::span<const std::int64_t> pools,
                                                         const FactSpec& fact,
                                                         std::string_view value) {
  ASSIGN_OR_RETURN(const auto standings, index_.Standings());
  const std::unordered_set<std::int64_t> wanted(pools.begin(), pools.end());
  const std::string if_not_there = Describe(FactOf({}, fact.key));
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(Remember(standings));
  ForgetOthers(standings);
  std::vector<std::string> digests;
  for (const ProfileStanding& standing : standings) {
    if (!wanted.contains(standing.pool_id)) continue;
    const std::string* answer = AnswerOf(standing.profile, fact, if_not_there);
    if (answer != nullptr && *answer == value) digests.push_back(standing.profile);
  }
  return digests;
}

Result<std::map<std::string, std::int64_t>> FactIndex::CountReporting(
    const std::vector<ProfileStanding>& standings, const FactSpec& fact) {
  const std::string if_not_there = Describe(FactOf({}, fact.key));
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(Remember(standings));
  std::map<std::string, std::int64_t> counts;
  for (const ProfileStanding& standing : standings) {
    const std::int64_t desktops = Reporting(standing);
    const std::string* answer = AnswerOf(standing.profile, fact, if_not_there);
    if (answer != nullptr && desktops > 0) counts[*answer] += desktops;
  }
  return counts;
}

Result<void> FactIndex::ReadAhead() {
  ASSIGN_OR_RETURN(const auto standings, index_.Standings());
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(Remember(standings));
  ForgetOthers(standings);
  return {};
}

}  // namespace vdiwatch::server
