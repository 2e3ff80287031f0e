#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/alert_causes.h"
#include "policy/difference.h"
#include "policy/grades.h"
#include "policy/pool_verdict.h"
#include "policy/waiver.h"

namespace vdiwatch::policy {

// A rule that makes desktops change grade.
struct RuleCause {
  std::string rule;
  Grade from = Grade::kNotApplicable;  // of the rule; not_applicable if that policy has it not
  Grade to = Grade::kNotApplicable;
  std::int64_t desktops = 0;
  std::string why;  // what most of them would be told
  // The profiles with the most of them, the largest first: (desktops, id), at most kMaxSamples.
  std::vector<std::pair<std::int64_t, std::int64_t>> profiles;
};
inline constexpr std::size_t kMaxSamples = 5;

// Desktops that would go from one grade to another. Several rules may cause it together.
struct GradeChange {
  Grade from = Grade::kUnknown;
  Grade to = Grade::kUnknown;
  std::int64_t desktops = 0;
  std::map<std::string, std::int64_t> pools;  // how many in which
  std::vector<RuleCause> causes;              // most desktops first
};

struct PoolChange {
  std::string pool;
  Docker docker = Docker::kAllowed;  // under the new policy
  Grade from = Grade::kUnknown;      // under today's policy
  PoolVerdict verdict;               // under the new one, once every `for` has passed
  std::int64_t reporting = 0;
  std::int64_t changing = 0;  // reporting desktops that change grade
};

struct AlertChange {
  std::string pool;
  bool fires = true;  // else it is resolved
  AlertCause alert;
};

// Where a waiver of the new policy would stand.
struct WaiverOutlook {
  std::string id;
  WaiverState state = WaiverState::kUnused;
};

// What a roll-out of a policy would change, as of one moment.
struct Plan {
  Time at{};
  Difference difference;
  std::int64_t pools = 0, desktops = 0, reporting = 0, changing = 0;
  std::vector<GradeChange> desktop_changes;  // the worst outcome first
  std::vector<PoolChange> pool_changes;      // likewise, then by name
  std::vector<AlertChange> alerts;           // by pool
  std::vector<WaiverOutlook> waivers;        // of the new policy, in its order
  std::int64_t evaluations = 0;              // profiles looked at under each policy
};

// Adds up a plan, profile by profile. One thread.
class Planner {
 public:
  // The sets must outlive it.
  Planner(const PolicySet& current, const PolicySet& next, Time now);
  ~Planner();

  // A pool of the fleet, before its desktops, and how it stands now.
  void AddPool(std::int64_t id, std::string_view name, const std::optional<PoolState>& state);
  // How many of the members that a list expects the pool has, where a policy brings a list.
  void SetListed(std::int64_t pool_id, const std::optional<ListedMembers>& current,
                 const std::optional<ListedMembers>& next);
  // Desktops that share a profile, and the waivers that name them; `id` comes back in samples.
  // Answers the profile's grades.
  struct Desktops {
    std::int64_t reporting = 0;
    std::int64_t stale = 0;
  };
  struct BothGrades {
    Grades current, next;
  };
  struct NamedBy {
    std::vector<std::string> current, next;  // ids
  };
  BothGrades AddProfile(std::int64_t id, std::int64_t pool_id, const Facts& facts,
                        const Desktops& desktops, const NamedBy& waivers = {});
  // Desktops whose facts are not known.
  void AddUnjudged(std::int64_t pool_id, const Desktops& desktops);

  Plan Finish();

 private:
  struct Side;
  struct PoolTally;

  void Compare(std::int64_t id, PoolTally& pool, const Facts& facts, const BothGrades& grades,
               std::int64_t desktops);
  void Blame(GradeChange& change, std::int64_t id, const PoolTally& pool, const Facts& facts,
             const BothGrades& grades, std::int64_t desktops);
  void AddAlerts(const std::string& pool, const std::vector<AlertCause>& alerts,
                 const std::vector<AlertCause>& others, bool fires);
  void FinishPool(const PoolTally& pool);

  std::unique_ptr<Side> current_, next_;
  std::map<std::int64_t, PoolTally> pools_;
  std::map<std::pair<Grade, Grade>, GradeChange> changes_;
  std::set<std::string> used_waivers_;  // of the new policy
  Plan plan_;
};

}  // namespace vdiwatch::policy
