#include "server/compliance/make_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "base/text.h"
#include "collector/listed_members.h"
#include "collector/profile.h"
#include "server/api_json.h"
#include "server/compliance/tally.h"
#include "server/policy_source.h"

namespace vdiwatch::server::compliance {
namespace {

using collector::PastSnapshot;
using collector::Presence;
using collector::Standing;
using policy::Grade;

struct PolicyThen {
  std::string digest;
  std::shared_ptr<const policy::PolicySet> set;
  Time since{};
  bool in_force = false;
};

Result<PolicyThen> FindPolicy(collector::ReportReader& reader, const Question& question) {
  ASSIGN_OR_RETURN(const auto stored, reader.PolicySetAt(question.as_of));
  if (question.in_force && question.in_force->digest == stored.digest) {
    return PolicyThen{stored.digest, question.in_force, stored.at, true};
  }
  ASSIGN_OR_RETURN(auto read, JudgeStoredSet(stored));
  auto set = std::make_shared<const policy::PolicySet>(std::move(read.set));
  return PolicyThen{stored.digest, std::move(set), stored.at, false};
}

std::string NoteOf(const Share& share) {
  if (share.stale()) return "It fell silent without saying goodbye.";
  return share.verdict == nullptr ? "Its facts were not known yet." : "";
}

// One report while it is made from a snapshot.
class Making {
 public:
  Making(PastSnapshot& past, const Question& question, const policy::PolicySet& set, Report& report)
      : past_(past), question_(question), set_(set), report_(report) {
    for (const policy::PoolSpec& spec : set.pools) specs_.emplace(spec.name, &spec);
  }

  Result<void> Run() {
    RETURN_IF_ERROR(FindPools());
    RETURN_IF_ERROR(JudgeProfiles());
    RETURN_IF_ERROR(TallyPools());
    RETURN_IF_ERROR(ListExceptions());
    AddWaivers();
    return {};
  }

 private:
  struct PoolThen {
    collector::Pool pool;
    std::vector<Share> shares;
    PoolLine line;
  };

  const policy::PoolSpec& SpecOf(const std::string& name) const {
    static const policy::PoolSpec kDefaults;
    const auto found = specs_.find(name);
    return found == specs_.end() ? kDefaults : *found->second;
  }
  bool Wanted(const std::string& name) const {
    return Includes(question_.scope, SpecOf(name), name) &&
           (!question_.may_see || question_.may_see(name));
  }

  // Those in the store, and those that only the policy of that time names.
  Result<void> FindPools() {
    ASSIGN_OR_RETURN(const auto stored, past_.Pools());
    std::set<std::string, std::less<>> names;
    for (const collector::Pool& pool : stored) {
      names.insert(pool.name);
      if (Wanted(pool.name)) pools_.push_back({.pool = pool, .shares = {}, .line = {}});
    }
    for (const policy::PoolSpec& spec : set_.pools) {
      if (names.contains(spec.name) || !Wanted(spec.name)) continue;
      pools_.emplace_back().pool.name = spec.name;
    }
    if (question_.scope.kind != Scope::Kind::kFleet && pools_.empty()) {
      return NotFound(fmt::format("There was no {} at {}.",
                                  question_.scope.kind == Scope::Kind::kPool
                                      ? "pool named '" + Printable(question_.scope.value) + "'"
                                      : "pool with " + Printable(ToString(question_.scope)),
                                  FormatTime(question_.as_of)));
    }
    return {};
  }

  Result<void> JudgeProfiles() {
    std::unordered_map<std::int64_t, PoolThen*> by_id;
    for (PoolThen& pool : pools_) by_id[pool.pool.id] = &pool;
    std::set<std::int64_t> ids;
    for (const auto& [standing, desktops] : past_.Counts()) {
      const auto pool = by_id.find(standing.pool_id);
      if (pool == by_id.end()) continue;
      pool->second->shares.push_back({standing.profile_id, nullptr, standing.presence, desktops});
      if (standing.profile_id) ids.insert(*standing.profile_id);
    }
    RETURN_IF_ERROR(past_.EachProfile(ids, [&](const collector::StoredProfile& stored) {
      return JudgeProfile(stored, by_id.at(stored.profile.pool_id)->pool.name);
    }));
    for (PoolThen& pool : pools_) {
      for (Share& share : pool.shares) {
        if (share.profile_id) share.verdict = &verdicts_.at(*share.profile_id);
      }
    }
    return {};
  }

  Result<void> JudgeProfile(const collector::StoredProfile& stored, const std::string& pool) {
    ASSIGN_OR_RETURN(const Facts facts, collector::ProfileFacts(stored.profile, stored.fact_set));
    verdicts_.emplace(stored.id, collector::JudgeProfileFacts(set_, stored.profile, pool, facts,
                                                              question_.as_of));
    return {};
  }

  Result<void> TallyPools() {
    for (PoolThen& pool : pools_) {
      std::optional<policy::ListedMembers> listed;
      const auto& hosts = set_.PoolNamed(pool.pool.name).expected_hosts;
      if (!hosts.empty()) {
        ASSIGN_OR_RETURN(const auto seen, past_.HostsSeen(pool.pool.id, hosts));
        listed = collector::CountMembers(seen);
      }
      pool.line =
          TallyPool(set_, pool.pool.name, pool.pool.state, pool.shares, listed, question_.as_of);
    }
    std::ranges::sort(pools_, {}, [](const PoolThen& pool) {
      return std::tuple(-Badness(pool.line.grade), std::string_view(pool.line.name));
    });
    for (const PoolThen& pool : pools_) report_.pools.push_back(pool.line);
    return {};
  }

  Result<void> ListExceptions() {
    for (const Grade grade : {Grade::kNoncompliant, Grade::kUnknown}) {
      for (const PoolThen& pool : pools_) {
        for (const Share& share : pool.shares) {
          if (share.grade() == grade) RETURN_IF_ERROR(ListShare(pool.pool, share));
        }
      }
    }
    return {};
  }

  Result<void> ListShare(const collector::Pool& pool, const Share& share) {
    const std::int64_t room = question_.limit - std::ssize(report_.exceptions);
    const Standing standing{pool.id, share.profile_id, share.presence};
    ASSIGN_OR_RETURN(const auto desktops, past_.Desktops(standing, room));
    report_.left_out += share.desktops - std::ssize(desktops);
    const auto rules = FailuresOf(share.verdict ? *share.verdict : policy::Verdict());
    const bool of_now = question_.as_of >= question_.now;
    for (const collector::PastDesktop& desktop : desktops) {
      report_.exceptions.push_back(
          {.id = desktop.id,
           .host_name = desktop.host_name,
           .pool = pool.name,
           .grade = share.grade(),
           .presence = share.presence,
           .last_seen = of_now ? std::optional(desktop.last_seen) : std::nullopt,
           .note = NoteOf(share),
           .rules = rules});
    }
    return {};
  }

  void AddWaivers() {
    std::map<std::string, std::int64_t, std::less<>> use;
    std::set<std::string, std::less<>> names;
    for (const PoolThen& pool : pools_) {
      names.insert(pool.pool.name);
      for (const Share& share : pool.shares) {
        if (share.verdict == nullptr) continue;
        for (const policy::RuleVerdict& rule : share.verdict->rules) {
          if (rule.excuse) use[rule.excuse->waiver] += share.desktops;
        }
      }
    }
    const bool all = question_.scope.kind == Scope::Kind::kFleet && !question_.may_see;
    for (const policy::Waiver& waiver : set_.waivers) {
      const bool about =
          names.contains(waiver.pool) || use.contains(waiver.id) || (waiver.pool.empty() && all);
      if (!about || !policy::IsInForce(waiver, question_.as_of)) continue;
      const auto used = use.find(waiver.id);
      report_.waivers.emplace_back(waiver, used == use.end() ? 0 : used->second);
    }
    std::ranges::sort(report_.waivers, {}, [](const auto& entry) {
      return std::tuple(entry.first.ends, std::string_view(entry.first.id));
    });
  }

  PastSnapshot& past_;
  const Question& question_;
  const policy::PolicySet& set_;
  Report& report_;
  std::unordered_map<std::string_view, const policy::PoolSpec*> specs_;  // by name
  std::vector<PoolThen> pools_;
  std::unordered_map<std::int64_t, policy::Verdict> verdicts_;  // by profile id
};

}  // namespace

Result<Report> MakeReport(collector::ReportReader& reader, const Question& question) {
  if (question.as_of < question.oldest) {
    return Invalid(
        fmt::format("at: history is kept since {} (keep_history)", FormatTime(question.oldest)));
  }
  ASSIGN_OR_RETURN(const PolicyThen policy, FindPolicy(reader, question));
  Report report;
  report.scope = question.scope;
  report.as_of = question.as_of;
  report.made_at = question.now;
  report.policy = policy.digest;
  report.policy_since = policy.since;
  report.policy_in_force = policy.in_force;
  for (const policy::Pack& pack : policy.set->packs) {
    report.packs.push_back({pack.name, pack.version, pack.source});
  }
  RETURN_IF_ERROR(reader.OnPast(question.as_of, [&](PastSnapshot& past) {
    return Making(past, question, *policy.set, report).Run();
  }));
  return report;
}

}  // namespace vdiwatch::server::compliance
