#include "server/fact_index.h"

#include <algorithm>
#include <unordered_set>

#include "collector/profile.h"
#include "report/fact.h"

namespace vdiwatch::server {

Result<void> FactIndex::Remember(const std::vector<collector::ProfileStanding>& standings) {
  ByProfile now;
  std::vector<std::string> unread;
  for (const collector::ProfileStanding& standing : standings) {
    const auto found = remembered_.find(standing.profile);
    if (found == remembered_.end()) {
      unread.push_back(standing.profile);
    } else {
      now.insert(*found);
    }
  }
  ASSIGN_OR_RETURN(const auto profiles, index_.Profiles(unread));
  for (const collector::StoredProfile& stored : profiles) {
    ASSIGN_OR_RETURN(const Facts facts, collector::ProfileFacts(stored.profile, stored.fact_set));
    Answers answers;
    for (const auto& [key, fact] : facts) {
      if (const FactSpec* spec = FindFact(key)) answers.emplace_back(spec, Describe(fact));
    }
    std::ranges::sort(answers);
    now.emplace(stored.profile.digest, std::make_shared<const Answers>(std::move(answers)));
  }
  remembered_ = std::move(now);
  return {};
}

Result<std::vector<std::string>> FactIndex::ProfilesWith(std::span<const std::int64_t> pools,
                                                         const FactSpec& fact,
                                                         std::string_view value) {
  ASSIGN_OR_RETURN(const auto standings, index_.Standings());
  const std::unordered_set<std::int64_t> wanted(pools.begin(), pools.end());
  const bool if_not_there = Describe(FactOf({}, fact.key)) == value;
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(Remember(standings));
  std::vector<std::string> digests;
  for (const collector::ProfileStanding& standing : standings) {
    const auto known = remembered_.find(standing.profile);
    if (!wanted.contains(standing.pool_id) || known == remembered_.end()) continue;
    const Answers& answers = *known->second;
    const auto answer = std::ranges::lower_bound(answers, &fact, {}, &Answers::value_type::first);
    const bool there = answer != answers.end() && answer->first == &fact;
    if (there ? answer->second == value : if_not_there) digests.push_back(standing.profile);
  }
  return digests;
}

}  // namespace vdiwatch::server
