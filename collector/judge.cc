#include "collector/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <iterator>
#include <thread>
#include <utility>

#include "base/digest.h"
#include "base/json.h"
#include "collector/listed_members.h"
#include "collector/profile.h"
#include "policy/verdict_text.h"
#include "policy/waive.h"
#include "policy/waiver_causes.h"

namespace vdiwatch::collector {
namespace {

using policy::Grade;

constexpr Seconds kCountListedEvery{60 * 60};
constexpr std::size_t kLeastShare = 200;  // profiles for which a thread of its own pays
constexpr std::size_t kTagLength = 16;    // of a verdict, in hexadecimal digits

std::size_t Cores() { return std::clamp(std::thread::hardware_concurrency(), 1U, 8U); }

std::string TextOf(const Facts& facts, std::string_view key) {
  return std::string(FactOf(facts, key).AsText().value_or(""));
}

Judgement Remember(std::int64_t pool_id, const policy::Verdict& verdict, const Facts& facts) {
  Judgement judgement{.pool_id = pool_id,
                      .grade = verdict.grade,
                      .valid_until = verdict.valid_until,
                      .rules = {},
                      .observed = TextOf(facts, "persistence.observed"),
                      .pattern = TextOf(facts, "persistence.pool_pattern"),
                      .failing = {},
                      .passed = {},
                      .findings = {},
                      .waivers = {},
                      .tag = {}};
  if (TextOf(facts, "identity.duplicate") == "cloned_identity") {
    judgement.findings.push_back(policy::kClonedIdentities);
  }
  if (TextOf(facts, "persistence.verdict") == "conflict") {
    judgement.findings.push_back(policy::kPersistenceConflict);
  }
  std::string told(ToString(verdict.grade));
  for (const auto& rule : verdict.rules) {
    judgement.rules.emplace_back(rule.rule, rule.grade);
    if (rule.excuse) judgement.waivers.push_back(rule.excuse->waiver);
    if (rule.severity == policy::Severity::kInfo) continue;
    if (rule.grade == Grade::kCompliant || rule.grade == Grade::kNotApplicable) {
      judgement.passed.push_back(rule.rule);
      told += fmt::format("\n{}", rule.rule);
    } else {
      std::string excuse = rule.excuse ? " " + rule.excuse->text : "";
      judgement.failing.push_back({.rule = rule.rule,
                                   .grade = std::string(ToString(rule.grade)),
                                   .why = rule.why + excuse});
      const RuleSummary& last = judgement.failing.back();
      told += fmt::format("\n{} {} {}", last.rule, last.grade, last.why);
    }
  }
  judgement.tag = Hex(Sha256(told)).substr(0, kTagLength);
  return judgement;
}

std::string ReasonsText(const std::vector<policy::PoolReason>& reasons) {
  Json list = Json::array();
  for (const auto& reason : reasons) {
    list.push_back({{"rule", reason.rule},
                    {"grade", ToString(reason.grade)},
                    {"desktops", reason.desktops},
                    {"text", reason.text}});
  }
  return list.dump();
}

}  // namespace

Judge::Judge(Store& store, std::shared_ptr<const policy::PolicySet> policy)
    : store_(store), policy_(std::move(policy)) {}

Result<std::string> Judge::PoolName(std::int64_t pool_id) {
  if (!pools_.contains(pool_id)) {
    ASSIGN_OR_RETURN(std::vector<Pool> pools, store_.Pools());
    for (auto& pool : pools) pools_[pool.id] = std::move(pool);
  }
  auto pool = pools_.find(pool_id);
  if (pool == pools_.end()) return Internal(fmt::format("there is no pool {}", pool_id));
  return pool->second.name;
}

std::string Judge::PoolNameOr(std::int64_t pool_id, std::string_view fallback) {
  auto name = PoolName(pool_id);
  return name ? *std::move(name) : std::string(fallback);
}

Result<Judgement> Judge::Evaluate(const Profile& profile, std::string_view fact_set, Time now,
                                  ProfileVerdict& row) {
  ASSIGN_OR_RETURN(Facts facts, ProfileFacts(profile, fact_set));
  ASSIGN_OR_RETURN(std::string name, PoolName(profile.pool_id));
  policy::Verdict verdict = JudgeProfileFacts(*policy_, profile, name, facts, now);
  row = {.profile = profile.digest,
         .grade = verdict.grade,
         .verdict = policy::VerdictText(verdict, facts),
         .valid_until = verdict.valid_until};
  return Remember(profile.pool_id, verdict, facts);
}

Result<void> Judge::Adopt(std::shared_ptr<const policy::PolicySet> policy, Time now) {
  ASSIGN_OR_RETURN(std::vector<Pool> pools, store_.Pools());
  for (auto& pool : pools) pools_[pool.id] = std::move(pool);
  auto former = std::exchange(policy_, std::move(policy));
  auto remembered = std::exchange(judgements_, {});
  if (auto adopted = JudgeStored(now); !adopted) {
    policy_ = std::move(former);
    judgements_ = std::move(remembered);
    return adopted;
  }
  listed_.clear();
  return {};
}

// One transaction: every profile's verdict, and the desktops that other waivers name now.
Result<void> Judge::JudgeStored(Time now) {
  Changes changes;
  changes.at = now;
  changes.policy = policy_->digest;
  ASSIGN_OR_RETURN(std::vector<Profile> profiles, store_.Profiles());
  ASSIGN_OR_RETURN(Judged judged, JudgeAll(profiles, now));
  changes.verdicts = std::move(judged.rows);
  judgements_ = std::move(judged.judgements);
  RETURN_IF_ERROR(MoveWaived(profiles, changes));
  return changes.empty() ? Result<void>() : store_.Commit(changes);
}

Result<std::vector<std::string>> Judge::WaiversNaming(const Desktop& desktop) {
  if (policy_->waivers.empty()) return std::vector<std::string>();
  ASSIGN_OR_RETURN(std::string pool, PoolName(desktop.pool_id));
  return policy::WaiversNaming(*policy_,
                               {IdText(desktop.id), desktop.claims.host_name, std::move(pool)});
}

// Gives the desktops that gain or lose a waiver their other profile: a write for each of them, and
// none for all others.
Result<void> Judge::MoveWaived(const std::vector<Profile>& profiles, Changes& changes) {
  std::vector<std::string> names;
  for (const auto& waiver : policy_->waivers) {
    if (!waiver.desktop.empty()) names.push_back(waiver.desktop);
  }
  bool any =
      std::ranges::any_of(profiles, [](const auto& known) { return !known.waivers.empty(); });
  if (names.empty() && !any) return {};
  std::unordered_map<std::string_view, const Profile*> by_digest;
  for (const auto& profile : profiles) by_digest[profile.digest] = &profile;
  ASSIGN_OR_RETURN(std::vector<Desktop> desktops, store_.DesktopsToWaive(names));
  for (auto& desktop : desktops) {
    auto known = by_digest.find(desktop.profile);
    if (known == by_digest.end()) continue;  // its facts are not known yet
    ASSIGN_OR_RETURN(std::vector<std::string> waivers, WaiversNaming(desktop));
    if (waivers == known->second->waivers) continue;
    Profile profile = WithWaivers(*known->second, std::move(waivers));
    RETURN_IF_ERROR(JudgeProfile(profile, "", changes));
    desktop.profile = profile.digest;
    changes.desktops.push_back(std::move(desktop));
  }
  return {};
}

// Judging is pure, so the profiles are shared out among the processors.
Result<Judge::Judged> Judge::JudgeAll(std::vector<Profile> profiles, Time now) {
  // Neighbours share fact sets, so each is read once.
  std::ranges::sort(profiles, {}, &Profile::facts_digest);
  for (const auto& profile : profiles) RETURN_IF_ERROR(PoolName(profile.pool_id));  // known to all
  const std::span<const Profile> all(profiles);
  const std::size_t share = std::max(kLeastShare, all.size() / Cores() + 1);
  std::vector<std::future<Result<Judged>>> parts;
  for (std::size_t at = share; at < all.size(); at += share) {
    auto part = all.subspan(at, std::min(share, all.size() - at));
    parts.push_back(std::async(std::launch::async, [=, this] { return JudgeSome(part, now); }));
  }
  ASSIGN_OR_RETURN(Judged judged, JudgeSome(all.first(std::min(share, all.size())), now));
  for (auto& part : parts) {
    ASSIGN_OR_RETURN(Judged more, part.get());
    std::ranges::move(more.rows, std::back_inserter(judged.rows));
    judged.judgements.merge(more.judgements);
  }
  return judged;
}

Result<Judge::Judged> Judge::JudgeSome(std::span<const Profile> profiles, Time now) {
  Judged judged;
  std::string digest, fact_set;
  for (const auto& profile : profiles) {
    if (profile.facts_digest != digest) {
      ASSIGN_OR_RETURN(fact_set, store_.FactSet(profile.facts_digest));
      digest = profile.facts_digest;
    }
    ProfileVerdict row;
    ASSIGN_OR_RETURN(Judgement judgement, Evaluate(profile, fact_set, now, row));
    judged.judgements.insert_or_assign(profile.digest, std::move(judgement));
    judged.rows.push_back(std::move(row));
  }
  return judged;
}

void Judge::Forget(const Changes& changes) {
  for (const auto& profile : changes.profiles) judgements_.erase(profile.digest);
}

void Judge::Forget(const std::vector<std::string>& profiles) {
  for (const auto& digest : profiles) judgements_.erase(digest);
}

const Judgement* Judge::Find(const std::string& profile_digest) const {
  auto found = judgements_.find(profile_digest);
  return found == judgements_.end() ? nullptr : &found->second;
}

Result<const Judgement*> Judge::JudgeProfile(const Profile& profile, std::string_view fact_set,
                                             Changes& changes) {
  if (const Judgement* known = Find(profile.digest)) return known;
  std::string stored;
  if (fact_set.empty()) {
    ASSIGN_OR_RETURN(stored, store_.FactSet(profile.facts_digest));
    fact_set = stored;
  }
  ProfileVerdict row;
  ASSIGN_OR_RETURN(Judgement judgement, Evaluate(profile, fact_set, changes.at, row));
  changes.profiles.push_back(profile);
  changes.verdicts.push_back(std::move(row));
  changes.policy = policy_->digest;
  auto [entry, fresh] = judgements_.insert_or_assign(profile.digest, std::move(judgement));
  return &entry->second;
}

Result<void> Judge::RenewExpired(Time now) {
  bool due = std::ranges::any_of(judgements_, [&](const auto& entry) {
    return entry.second.valid_until && *entry.second.valid_until <= now;
  });
  if (!due) return {};
  ASSIGN_OR_RETURN(std::vector<Profile> profiles, store_.Profiles());
  std::erase_if(profiles, [&](const Profile& profile) {
    const Judgement* known = Find(profile.digest);
    return known && (!known->valid_until || *known->valid_until > now);
  });
  ASSIGN_OR_RETURN(Judged judged, JudgeAll(std::move(profiles), now));
  // Remembered once it is stored: what could not be is due again.
  RETURN_IF_ERROR(store_.CommitVerdicts(judged.rows, policy_->digest, now));
  for (auto& [digest, judgement] : judged.judgements) {
    judgements_.insert_or_assign(digest, std::move(judgement));
  }
  return {};
}

Fact Judge::PatternOf(std::int64_t pool_id) const {
  auto pattern = patterns_.find(pool_id);
  return pattern == patterns_.end() ? Unknown(Missing::kUndetermined) : pattern->second;
}

bool Judge::IsOvertaken(const std::string& profile_digest) const {
  const Judgement* judgement = Find(profile_digest);
  if (!judgement) return true;
  return judgement->observed.empty() &&
         judgement->pattern != PatternOf(judgement->pool_id).AsText().value_or("");
}

// Desktops that are silent now were seen to restart all the same.
Fact Judge::Pattern(const std::vector<ProfileCount>& counts) const {
  policy::PoolPersistence seen;
  for (const auto& count : counts) {
    const Judgement* judgement = Find(count.profile);
    if (!judgement || count.presence == Presence::kRetired) continue;
    if (judgement->observed == "persistent") seen.persistent += count.desktops;
    if (judgement->observed == "non_persistent") seen.non_persistent += count.desktops;
  }
  return policy::PoolPattern(seen);
}

policy::PoolCounts Judge::Tally(const std::vector<ProfileCount>& counts) const {
  policy::PoolCounts tally;
  std::map<std::pair<std::string, Grade>, std::map<std::string_view, std::int64_t>> sentences;
  for (const auto& count : counts) {
    if (count.presence == Presence::kRetired) continue;
    tally.desktops += count.desktops;
    if (count.presence == Presence::kStale) {
      tally.stale += count.desktops;
      continue;
    }
    tally.reporting += count.desktops;
    const Judgement* judgement = Find(count.profile);
    if (!judgement) continue;  // its facts are on their way
    tally.grades[judgement->grade] += count.desktops;
    for (const auto& [rule, grade] : judgement->rules) tally.rules[rule][grade] += count.desktops;
    for (std::string_view found : judgement->findings) {
      tally.findings[std::string(found)] += count.desktops;
    }
    for (const auto& waiver : judgement->waivers) {
      tally.findings[policy::WaiverCause(waiver)] += count.desktops;
    }
    for (const auto& told : judgement->failing) {
      if (auto grade = policy::ParseGrade(told.grade)) {
        sentences[{told.rule, *grade}][told.why] += count.desktops;
      }
    }
  }
  for (const auto& [key, whys] : sentences) {
    auto most = std::ranges::max_element(whys, {}, [](const auto& why) { return why.second; });
    tally.whys[key.first][key.second] = most->first;
  }
  return tally;
}

// Looking for every listed host takes a while: once an hour, and when the pool's counts moved.
Result<void> Judge::CountListed(const Pool& pool, Time now, policy::PoolCounts& counts) {
  const auto& hosts = policy_->PoolNamed(pool.name).expected_hosts;
  if (hosts.empty()) return {};
  Listed& listed = listed_[pool.id];
  if (listed.at == Time() || now - listed.at >= kCountListedEvery ||
      listed.desktops != counts.desktops || listed.reporting != counts.reporting) {
    ASSIGN_OR_RETURN(const auto seen, store_.HostsSeen(pool.id, hosts));
    listed = {counts.desktops, counts.reporting, now, CountMembers(seen)};
  }
  counts.listed = listed.members;
  return {};
}

Result<void> Judge::JudgePools(const std::vector<std::int64_t>& pool_ids, Time now) {
  auto judged = JudgeOnce(pool_ids, now);
  if (judged || judged.error().kind != ErrorKind::kConflict) return judged;
  ASSIGN_OR_RETURN(std::vector<Alert> alerts, store_.OpenAlerts());
  alerts_.Load(std::move(alerts));
  return JudgeOnce(pool_ids, now);
}

Result<void> Judge::JudgeOnce(const std::vector<std::int64_t>& pool_ids, Time now) {
  std::vector<PoolChange> changes;
  std::vector<AlertChange> alerts;
  for (std::int64_t id : pool_ids) {
    ASSIGN_OR_RETURN(std::string name, PoolName(id));
    const policy::PoolSpec& spec = policy_->PoolNamed(name);
    ASSIGN_OR_RETURN(std::vector<ProfileCount> counts, store_.Counts(id));
    patterns_[id] = Pattern(counts);
    const Pool& pool = pools_[id];
    policy::PoolCounts tally = Tally(counts);
    RETURN_IF_ERROR(CountListed(pool, now, tally));
    auto verdict = policy::JudgePool(*policy_, spec, tally, pool.state, now);
    auto causes = policy::PoolAlertCauses(*policy_, spec, tally, verdict);
    std::ranges::move(policy::ExpiringWaivers(*policy_, spec, tally, now),
                      std::back_inserter(causes));
    std::ranges::move(alerts_.Look({id, name, spec.attributes}, causes, timings_, now),
                      std::back_inserter(alerts));
    std::string reasons = ReasonsText(verdict.reasons);
    if (pool.state == verdict.state && pool.reasons == reasons) continue;
    // A pool that nobody judged yet is unknown: that it still is is no news.
    Grade former = pool.state ? pool.state->grade : Grade::kUnknown;
    bool turned = former != verdict.state.grade;
    changes.push_back({.pool_id = id,
                       .state = verdict.state,
                       .reasons = std::move(reasons),
                       .grade_changed = turned});
  }
  if (changes.empty() && alerts.empty()) return {};
  RETURN_IF_ERROR(store_.CommitPools(changes, policy_->digest, alerts, now));
  alerts_.Keep(alerts);
  for (auto& change : changes) {
    pools_[change.pool_id].state = change.state;
    pools_[change.pool_id].reasons = std::move(change.reasons);
  }
  return {};
}

}  // namespace vdiwatch::collector
