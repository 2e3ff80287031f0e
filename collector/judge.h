#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "collector/alert_book.h"
#include "collector/store/store.h"
#include "policy/evaluate.h"
#include "policy/policy_set.h"
#include "report/messages.h"

namespace vdiwatch::collector {

// What is remembered of a judged profile.
struct Judgement {
  std::int64_t pool_id = 0;
  policy::Grade grade = policy::Grade::kUnknown;
  std::optional<Time> valid_until;
  std::vector<std::pair<std::string, policy::Grade>> rules;  // rule id -> grade
  std::string observed;  // persistence.observed; empty while it is not known
  std::string pattern;   // persistence.pool_pattern that it was judged with; empty: none
  std::vector<RuleSummary>
      failing;                      // what the desktop itself is told: counted rules, not compliant
  std::vector<std::string> passed;  // ids of counted rules that are, or do not apply
  std::vector<std::string_view> findings;  // causes of alerts that no rule names
  std::vector<std::string> waivers;        // ids of those that excuse something in it
  std::string tag;  // of grade, failing and passed: a desktop that knows it is not told again
};

// Applies the policy in force to profiles and pools, and remembers each profile's judgement, so
// that its cost follows distinct profiles and not desktops. Belongs to one thread.
class Judge {
 public:
  Judge(Store& store, std::shared_ptr<const policy::PolicySet> policy);

  // The alerts that are stored; before the first look at a pool.
  void LoadAlerts(std::vector<Alert> alerts) { alerts_.Load(std::move(alerts)); }
  void SetTimings(AlertTimings timings) { timings_ = std::move(timings); }

  const policy::PolicySet& policy() const { return *policy_; }
  std::shared_ptr<const policy::PolicySet> shared_policy() const { return policy_; }

  // Judges every stored profile under a policy set and stores what changed; desktops that its
  // waivers name get the profile that says so. On failure the former set stays in force.
  Result<void> Adopt(std::shared_ptr<const policy::PolicySet> policy, Time now);

  // The judgement on a profile; a profile seen for the first time is judged and added to `changes`.
  // `fact_set` is the text behind profile.facts_digest, or empty to read it from the store.
  Result<const Judgement*> JudgeProfile(const Profile& profile, std::string_view fact_set,
                                        Changes& changes);
  // The ids of the waivers that name this desktop: part of its profile.
  Result<std::vector<std::string>> WaiversNaming(const Desktop& desktop);
  // Takes back what JudgeProfile remembered for changes that could not be stored.
  void Forget(const Changes& changes);
  // Forgets profiles (raw digests) that are no longer stored.
  void Forget(const std::vector<std::string>& profiles);
  // Null before the profile was judged.
  const Judgement* Find(const std::string& profile_digest) const;

  Result<std::string> PoolName(std::int64_t pool_id);
  // What nearly all of the pool's desktops were seen to be (policy::PoolPattern).
  Fact PatternOf(std::int64_t pool_id) const;
  // Whether a desktop of this profile needs another: it was never judged, or it was judged by its
  // pool's pattern and that has changed.
  bool IsOvertaken(const std::string& profile_digest) const;

  // The pool's name where it can be found out.
  std::string PoolNameOr(std::int64_t pool_id, std::string_view fallback);

  // Verdicts that time has overtaken (`valid_until`).
  Result<void> RenewExpired(Time now);

  // The verdicts of these pools from their counts, and their alerts; stores those that changed, in
  // one transaction. Alerts that another daemon has gone on with are read anew.
  Result<void> JudgePools(const std::vector<std::int64_t>& pool_ids, Time now);

 private:
  Result<Judgement> Evaluate(const Profile& profile, std::string_view fact_set, Time now,
                             ProfileVerdict& row);
  Result<void> JudgeStored(Time now);
  Result<void> JudgeOnce(const std::vector<std::int64_t>& pool_ids, Time now);
  Result<void> MoveWaived(const std::vector<Profile>& profiles, Changes& changes);
  struct Judged {
    std::vector<ProfileVerdict> rows;
    std::unordered_map<std::string, Judgement> judgements;
  };
  Result<Judged> JudgeAll(std::vector<Profile> profiles, Time now);
  Result<Judged> JudgeSome(std::span<const Profile> profiles, Time now);  // any thread, pools known
  policy::PoolCounts Tally(const std::vector<ProfileCount>& counts) const;
  Result<void> CountListed(const Pool& pool, Time now, policy::PoolCounts& counts);
  Fact Pattern(const std::vector<ProfileCount>& counts) const;

  Store& store_;
  std::shared_ptr<const policy::PolicySet> policy_;
  std::unordered_map<std::string, Judgement> judgements_;  // by profile digest
  std::map<std::int64_t, Pool> pools_;
  // What was found of a pool's listed members, good while its counts stay the same.
  struct Listed {
    std::int64_t desktops = 0, reporting = 0;
    Time at{};
    policy::ListedMembers members;
  };
  std::map<std::int64_t, Listed> listed_;  // by pool
  std::map<std::int64_t, Fact> patterns_;  // by pool
  AlertBook alerts_;
  AlertTimings timings_;
};

}  // namespace vdiwatch::collector
