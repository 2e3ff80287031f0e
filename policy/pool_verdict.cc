#include "policy/pool_verdict.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/pool_state.h"

namespace vdiwatch::policy {
namespace {

double Percent(std::int64_t count, std::int64_t of) {
  return of > 0 ? 100.0 * static_cast<double>(count) / static_cast<double>(of) : 0;
}

std::int64_t CountOf(const std::map<Grade, std::int64_t>& grades, Grade grade) {
  auto found = grades.find(grade);
  return found == grades.end() ? 0 : found->second;
}

// The counts that the grade depends on.
struct Tally {
  std::int64_t failing = 0;
  std::int64_t conditional = 0;
  std::int64_t passing = 0;  // compliant or waived
  std::int64_t unknown = 0;  // undecided or not judged yet, of the reporting
  std::int64_t undecided = 0;
};

Tally Sum(const PoolCounts& counts) {
  Tally tally;
  std::int64_t judged = 0;
  for (auto [grade, n] : counts.grades) judged += n;
  tally.failing = CountOf(counts.grades, Grade::kNoncompliant);
  tally.conditional = CountOf(counts.grades, Grade::kConditional);
  tally.passing =
      CountOf(counts.grades, Grade::kCompliant) + CountOf(counts.grades, Grade::kWaived);
  tally.undecided = CountOf(counts.grades, Grade::kUnknown);
  tally.unknown = tally.undecided + std::max<std::int64_t>(0, counts.reporting - judged);
  return tally;
}

// One way into noncompliance: the pool's own share, or that of a rule with thresholds of its own.
struct Trigger {
  double share = 0;
  const Thresholds* thresholds = nullptr;

  bool Reached() const { return share > 0 && share >= thresholds->enter; }
  bool Held() const { return share > thresholds->leave; }
};

std::vector<Trigger> Triggers(const PoolSpec& pool, const PoolCounts& counts, const Tally& tally) {
  std::vector<Trigger> triggers = {{Percent(tally.failing, counts.reporting), &pool.thresholds}};
  for (const auto& [rule, thresholds] : pool.rule_thresholds) {
    auto found = counts.rules.find(rule);
    if (found == counts.rules.end()) continue;
    auto failing = CountOf(found->second, Grade::kNoncompliant);
    triggers.push_back({Percent(failing, counts.reporting), &thresholds});
  }
  return triggers;
}

// Whether the failing share makes the pool noncompliant now; keeps state.pending_since. One clock
// serves all triggers: it runs while any of them is reached.
bool IsNoncompliant(const std::vector<Trigger>& triggers, const std::optional<PoolState>& previous,
                    Time now, PoolState& state) {
  if (previous && previous->grade == Grade::kNoncompliant) {
    return std::ranges::any_of(triggers, &Trigger::Held);
  }
  if (std::ranges::none_of(triggers, &Trigger::Reached)) return false;
  Time since = previous && previous->pending_since ? *previous->pending_since : now;
  bool entered = std::ranges::any_of(triggers, [&](const Trigger& trigger) {
    return trigger.Reached() && now - since >= trigger.thresholds->enter_for;
  });
  if (!entered) state.pending_since = since;
  return entered;
}

// Of a list, only its members count: others cannot stand in for those that are missing.
bool CoverageIsLow(const PoolSpec& pool, const PoolCounts& counts) {
  if (!pool.expected_members) return false;
  auto reporting = counts.listed ? counts.listed->reporting : counts.reporting;
  return reporting < *pool.expected_members &&
         Percent(reporting, *pool.expected_members) < pool.thresholds.minimum_coverage;
}

// Failing desktops below `enter` weigh along, since a failing desktop must not look better than
// an unknown one.
bool UnknownShareIsHigh(const Thresholds& thresholds, const PoolCounts& counts,
                        const Tally& tally) {
  auto unknown = tally.unknown + counts.stale;
  auto all = counts.reporting + counts.stale;
  return Percent(unknown, all) > thresholds.maximum_unknown ||
         (unknown > 0 && Percent(unknown + tally.failing, all) >
                             std::max(thresholds.maximum_unknown, thresholds.enter));
}

Grade Decide(const PoolSpec& pool, const PoolCounts& counts, const Tally& tally,
             const std::optional<PoolState>& previous, Time now, PoolState& state) {
  if (counts.reporting == 0 || counts.reporting < pool.thresholds.minimum_reporting) {
    return Grade::kUnknown;
  }
  if (IsNoncompliant(Triggers(pool, counts, tally), previous, now, state)) {
    return Grade::kNoncompliant;
  }
  if (CoverageIsLow(pool, counts) || UnknownShareIsHigh(pool.thresholds, counts, tally)) {
    return Grade::kUnknown;
  }
  if (tally.conditional + tally.failing + tally.unknown + counts.stale > 0) {
    return Grade::kConditional;
  }
  return tally.passing > 0 ? Grade::kCompliant : Grade::kUnknown;  // else no rule applied anywhere
}

std::string Of(std::int64_t n, std::int64_t total) {
  return fmt::format("{} of {} {}", n, total, total == 1 ? "desktop" : "desktops");
}

// The desktops' own sentence where it is known, so that pool and desktop say the same words.
std::string RuleReason(const Rule& rule, Grade grade, std::int64_t n, const PoolCounts& counts) {
  const std::int64_t total = counts.reporting;
  if (auto whys = counts.whys.find(rule.id); whys != counts.whys.end()) {
    auto why = whys->second.find(grade);
    if (why != whys->second.end()) return fmt::format("{}: {}", Of(n, total), why->second);
  }
  std::string_view verb = n == 1 ? "fails" : "fail";
  if (grade == Grade::kUnknown) verb = "cannot be judged";
  if (grade == Grade::kConditional)
    verb = n == 1 ? "passes with conditions" : "pass with conditions";
  if (grade == Grade::kWaived) verb = n == 1 ? "is excused" : "are excused";
  return fmt::format("{} {}: {}", Of(n, total), verb, rule.title);
}

void AddRuleReasons(const PolicySet& set, const PoolCounts& counts,
                    std::vector<PoolReason>& reasons) {
  for (const auto& [id, grades] : counts.rules) {
    const Rule* rule = set.FindRule(id);
    if (!rule || rule->severity == Severity::kInfo) continue;
    for (Grade grade :
         {Grade::kNoncompliant, Grade::kUnknown, Grade::kConditional, Grade::kWaived}) {
      if (grade == Grade::kUnknown && !rule->unknown_counts) continue;
      auto n = CountOf(grades, grade);
      if (n > 0) reasons.push_back({id, grade, n, RuleReason(*rule, grade, n, counts)});
    }
  }
}

void AddCoverageReasons(const PoolSpec& pool, const PoolCounts& counts, const Tally& tally,
                        std::vector<PoolReason>& reasons) {
  auto add = [&](std::int64_t n, std::string text) {
    reasons.push_back({"", Grade::kUnknown, n, std::move(text)});
  };
  if (counts.desktops == 0) {
    add(0, "No desktop has reported yet");
  } else if (counts.reporting == 0) {
    add(counts.stale,
        fmt::format("No desktop is reporting: {} fell silent", Of(counts.stale, counts.desktops)));
  } else if (counts.stale > 0) {
    add(counts.stale, fmt::format("{} fell silent", Of(counts.stale, counts.desktops)));
  }
  if (counts.reporting > 0 && counts.reporting < pool.thresholds.minimum_reporting) {
    add(pool.thresholds.minimum_reporting - counts.reporting,
        fmt::format("Only {} report; the pool is judged from {} on",
                    Of(counts.reporting, counts.desktops), pool.thresholds.minimum_reporting));
  }
  auto known = counts.listed ? counts.listed->known : counts.desktops;
  if (pool.expected_members && *pool.expected_members > known) {
    auto never = *pool.expected_members - known;
    add(never, fmt::format("{} never reported", Of(never, *pool.expected_members)));
  }
  if (auto unjudged = tally.unknown - tally.undecided; unjudged > 0) {
    add(unjudged, fmt::format("{} not judged yet", Of(unjudged, counts.reporting)));
  }
}

// Why the grade is not what the share alone says: it waits, or it is held.
void AddTimeReason(const PoolSpec& pool, const PoolCounts& counts, const Tally& tally,
                   const PoolState& state, std::vector<PoolReason>& reasons) {
  double share = Percent(tally.failing, counts.reporting);
  if (state.pending_since) {
    reasons.push_back({"", Grade::kNoncompliant, tally.failing,
                       fmt::format("{:.3g} % fail since {}; the pool is noncompliant if that lasts",
                                   share, FormatTime(*state.pending_since))});
  } else if (state.grade == Grade::kNoncompliant && share < pool.thresholds.enter) {
    reasons.push_back(
        {"", Grade::kNoncompliant, tally.failing,
         fmt::format("{:.3g} % fail; the pool stays noncompliant until {:.3g} % or fewer do", share,
                     pool.thresholds.leave)});
  }
}

void AddGoodReason(const PoolCounts& counts, const Tally& tally, const PoolState& state,
                   std::vector<PoolReason>& reasons) {
  if (state.grade == Grade::kCompliant) {
    reasons.push_back({"", Grade::kCompliant, counts.reporting,
                       fmt::format("{} compliant", Of(tally.passing, counts.reporting))});
  } else if (reasons.empty()) {
    reasons.push_back(
        {"", Grade::kUnknown, counts.reporting, "No rule applies to any desktop of this pool"});
  }
}

// What explains the pool's grade comes first; then the worse, then the more desktops; what is
// waived explains nothing, and comes last.
void SortByWeight(const PolicySet& set, Grade grade, std::vector<PoolReason>& reasons) {
  auto weight = [&](const PoolReason& reason) {
    const Rule* rule = set.FindRule(reason.rule);
    int worse = reason.grade == Grade::kWaived ? 1 : -static_cast<int>(reason.grade);
    return std::tuple(reason.grade != grade, worse, -reason.desktops,
                      rule ? static_cast<int>(rule->severity) : -1);
  };
  std::ranges::stable_sort(reasons,
                           [&](const auto& a, const auto& b) { return weight(a) < weight(b); });
}

}  // namespace

PoolState JudgePoolState(const PoolSpec& pool, const PoolCounts& counts,
                         const std::optional<PoolState>& previous, Time now) {
  PoolState state;
  state.grade = Decide(pool, counts, Sum(counts), previous, now, state);
  state.since = previous && previous->grade == state.grade ? previous->since : now;
  return state;
}

PoolVerdict JudgePool(const PolicySet& set, const PoolSpec& pool, const PoolCounts& counts,
                      const std::optional<PoolState>& previous, Time now) {
  Tally tally = Sum(counts);
  PoolVerdict verdict;
  verdict.state = JudgePoolState(pool, counts, previous, now);
  const PoolState& state = verdict.state;
  AddRuleReasons(set, counts, verdict.reasons);
  AddCoverageReasons(pool, counts, tally, verdict.reasons);
  AddTimeReason(pool, counts, tally, state, verdict.reasons);
  AddGoodReason(counts, tally, state, verdict.reasons);
  SortByWeight(set, state.grade, verdict.reasons);
  return verdict;
}

}  // namespace vdiwatch::policy
