#include "server/policy_plan.h"

#include <memory>
#include <unordered_map>

#include "collector/listed_members.h"
#include "collector/profile.h"
#include "policy/waive.h"

namespace vdiwatch::server {
namespace {

using collector::FleetSnapshot;
using collector::Move;
using collector::Presence;
using collector::Standing;
using policy::Planner;

constexpr std::int64_t kProfilesPerWord = 500;  // between two words about the progress
constexpr std::int64_t kMovesPerWord = 100'000;

using Count = Planner::Desktops;

void Add(Count& count, Presence presence, std::int64_t desktops) {
  (presence == Presence::kStale ? count.stale : count.reporting) += desktops;
}

// The desktops of each profile, and of each pool those without one.
struct Counts {
  std::unordered_map<std::int64_t, Count> profiles, unjudged;
};

Counts Sum(const std::vector<collector::StandingCount>& all) {
  Counts counts;
  for (const auto& [standing, desktops] : all) {
    auto& count = standing.profile_id ? counts.profiles[*standing.profile_id]
                                      : counts.unjudged[standing.pool_id];
    Add(count, standing.presence, desktops);
  }
  return counts;
}

using GradesById = std::unordered_map<std::int64_t, Planner::BothGrades>;

// Every pool's life under both policies.
class Replay {
 public:
  Replay(const policy::PolicySet& current, const policy::PolicySet& next, const GradesById& grades,
         const std::vector<collector::Pool>& pools)
      : current_(current), next_(next), grades_(grades), pools_(pools) {}

  void Begin(const collector::PastFleet& past, Time since) {
    history_.since = since;
    history_.moves = past.moves;
    for (const collector::Pool& pool : pools_) {
      const auto known = past.pools.find(pool.id);
      const auto state = known == past.pools.end() ? std::nullopt : std::optional(known->second);
      lives_.try_emplace(
          pool.id, Life{{current_, pool.name, state, since}, {next_, pool.name, state, since}});
    }
    for (const auto& [standing, desktops] : past.counts) Add(standing, desktops);
  }

  void Take(const Move& move) {
    if (move.from) AdvanceTo(move.from->pool_id, move.at);
    AdvanceTo(move.to.pool_id, move.at);
    if (move.from) Add(*move.from, -1);
    Add(move.to, 1);
  }

  FleetHistory Finish(Time now) {
    for (const collector::Pool& pool : pools_) {
      Life& life = lives_.at(pool.id);
      history_.pools.push_back({.pool = pool.name,
                                .docker = next_.PoolNamed(pool.name).docker,
                                .current = life.current.Finish(now),
                                .next = life.next.Finish(now)});
    }
    return std::move(history_);
  }

 private:
  struct Life {
    policy::PoolReplay current, next;
  };

  void AdvanceTo(std::int64_t pool_id, Time at) {
    Life& life = lives_.at(pool_id);
    life.current.AdvanceTo(at);
    life.next.AdvanceTo(at);
  }

  void Add(const Standing& standing, std::int64_t desktops) {
    if (standing.presence == Presence::kRetired) return;
    const bool stale = standing.presence == Presence::kStale;
    const Planner::BothGrades* grades =
        standing.profile_id ? &grades_.at(*standing.profile_id) : nullptr;
    Life& life = lives_.at(standing.pool_id);
    life.current.Add({stale, grades ? &grades->current : nullptr}, desktops);
    life.next.Add({stale, grades ? &grades->next : nullptr}, desktops);
  }

  const policy::PolicySet& current_;
  const policy::PolicySet& next_;
  const GradesById& grades_;
  const std::vector<collector::Pool>& pools_;
  std::unordered_map<std::int64_t, Life> lives_;
  FleetHistory history_;
};

// One plan while it is made from a snapshot.
class Making {
 public:
  Making(FleetSnapshot& snapshot, const policy::PolicySet& current, const policy::PolicySet& next,
         Time now, const PlanOptions& options)
      : snapshot_(snapshot),
        current_(current),
        next_(next),
        now_(now),
        options_(options),
        planner_(current, next, now) {}

  Result<FleetPlan> Run() {
    RETURN_IF_ERROR(AddPools());
    RETURN_IF_ERROR(FindNamed());
    RETURN_IF_ERROR(Judge());
    FleetPlan made{.plan = planner_.Finish(), .samples = {}, .history = {}};
    ASSIGN_OR_RETURN(made.samples, Samples(made.plan));
    if (options_.since) {
      ASSIGN_OR_RETURN(made.history, ReplaySince(now_ - *options_.since));
    }
    return made;
  }

 private:
  void Tell(std::string_view what, std::int64_t done, std::int64_t of, std::int64_t step) const {
    if (options_.progress && done % step == 0) options_.progress(what, done, of);
  }

  // How many of a list's members the pool has; nothing if the policy has no list of it.
  Result<std::optional<policy::ListedMembers>> Listed(const policy::PolicySet& set,
                                                      const collector::Pool& pool) {
    const auto& hosts = set.PoolNamed(pool.name).expected_hosts;
    if (hosts.empty()) return std::optional<policy::ListedMembers>();
    ASSIGN_OR_RETURN(const auto seen, snapshot_.HostsSeen(pool.id, hosts));
    return std::optional(collector::CountMembers(seen));
  }

  Result<void> AddPools() {
    ASSIGN_OR_RETURN(pools_, snapshot_.Pools());
    for (const collector::Pool& pool : pools_) {
      planner_.AddPool(pool.id, pool.name, pool.state);
      names_[pool.id] = pool.name;
      ASSIGN_OR_RETURN(const auto current, Listed(current_, pool));
      ASSIGN_OR_RETURN(const auto next, Listed(next_, pool));
      planner_.SetListed(pool.id, current, next);
    }
    return {};
  }

  // The desktops that waivers name stand apart: those of one profile may part ways.
  Result<void> FindNamed() {
    std::vector<std::string> names;
    for (const policy::Waiver& waiver : next_.waivers) {
      if (!waiver.desktop.empty()) names.push_back(waiver.desktop);
    }
    ASSIGN_OR_RETURN(const auto desktops, snapshot_.DesktopsToWaive(names));
    for (const collector::Desktop& desktop : desktops) {
      const policy::DesktopNames called{collector::IdText(desktop.id), desktop.claims.host_name,
                                        names_.at(desktop.pool_id)};
      auto ids = policy::WaiversNaming(next_, called);
      Add(named_[desktop.profile][std::move(ids)], desktop.presence, 1);
    }
    return {};
  }

  // Profiles that nobody has now matter only for what is replayed.
  Result<void> Judge() {
    ASSIGN_OR_RETURN(const auto all, snapshot_.Counts());
    const Counts counts = Sum(all);
    for (const auto& [pool_id, count] : counts.unjudged) planner_.AddUnjudged(pool_id, count);
    std::int64_t done = 0;
    return snapshot_.EachProfile([&](const collector::StoredProfile& stored) -> Result<void> {
      Tell("profiles", done++, static_cast<std::int64_t>(counts.profiles.size()), kProfilesPerWord);
      const auto count = counts.profiles.find(stored.id);
      if (count != counts.profiles.end()) return AddProfile(stored, count->second);
      return options_.since ? AddProfile(stored, {}) : Result<void>();
    });
  }

  Result<void> AddProfile(const collector::StoredProfile& stored, Count rest) {
    const collector::Profile& profile = stored.profile;
    ASSIGN_OR_RETURN(const Facts facts, collector::ProfileFacts(profile, stored.fact_set));
    if (const auto named = named_.find(profile.digest); named != named_.end()) {
      for (const auto& [ids, count] : named->second) {
        rest.reporting -= count.reporting;
        rest.stale -= count.stale;
        planner_.AddProfile(stored.id, profile.pool_id, facts, count, {profile.waivers, ids});
      }
      if (rest.reporting + rest.stale == 0 && !options_.since) return {};
    }
    auto grades = planner_.AddProfile(stored.id, profile.pool_id, facts, rest,
                                      {profile.waivers, profile.waivers});
    if (options_.since) grades_.emplace(stored.id, std::move(grades));
    return {};
  }

  Result<std::map<std::int64_t, std::vector<collector::NamedDesktop>>> Samples(
      const policy::Plan& plan) {
    std::map<std::int64_t, std::vector<collector::NamedDesktop>> samples;
    for (const policy::GradeChange& change : plan.desktop_changes) {
      for (const policy::RuleCause& cause : change.causes) {
        for (const auto& [desktops, id] : cause.profiles) {
          if (samples.contains(id)) continue;
          ASSIGN_OR_RETURN(samples[id], snapshot_.DesktopsOf(id, policy::kMaxSamples));
        }
      }
    }
    return samples;
  }

  Result<FleetHistory> ReplaySince(Time since) {
    Replay replay(current_, next_, grades_, pools_);
    std::int64_t done = 0, of = 0;
    RETURN_IF_ERROR(snapshot_.Replay(
        since,
        [&](const collector::PastFleet& past) -> Result<void> {
          of = past.moves;
          replay.Begin(past, since);
          return {};
        },
        [&](const Move& move) -> Result<void> {
          Tell("moves", done++, of, kMovesPerWord);
          replay.Take(move);
          return {};
        }));
    return replay.Finish(now_);
  }

  FleetSnapshot& snapshot_;
  const policy::PolicySet& current_;
  const policy::PolicySet& next_;
  const Time now_;
  const PlanOptions& options_;
  Planner planner_;
  std::vector<collector::Pool> pools_;
  std::unordered_map<std::int64_t, std::string> names_;  // of pools
  // By profile digest, then by the ids of the new waivers that name them.
  std::unordered_map<std::string, std::map<std::vector<std::string>, Count>> named_;
  GradesById grades_;
};

}  // namespace

Result<FleetPlan> PlanFleet(collector::FleetReader& fleet, const policy::PolicySet& current,
                            const policy::PolicySet& next, Time now, const PlanOptions& options) {
  FleetPlan made;
  RETURN_IF_ERROR(fleet.OnSnapshot([&](FleetSnapshot& snapshot) -> Result<void> {
    ASSIGN_OR_RETURN(made, Making(snapshot, current, next, now, options).Run());
    return {};
  }));
  return made;
}

}  // namespace vdiwatch::server
