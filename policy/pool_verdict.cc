#include "policy/pool_verdict.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/outcome.h"
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
  std::string_view rule;  // empty: the pool's own
  std::int64_t failing = 0;
  double share = 0;
  const Thresholds* thresholds = nullptr;

  bool Reached() const { return share > 0 && share >= thresholds->enter; }
  bool Held() const { return share > thresholds->leave; }
};

Time SinceOr(const PoolState& state, std::string_view rule, Time otherwise) {
  auto since = state.pending.find(rule);
  return since == state.pending.end() ? otherwise : since->second;
}

std::vector<Trigger> Triggers(const PoolSpec& pool, const PoolCounts& counts, const Tally& tally) {
  std::vector<Trigger> triggers = {
      {"", tally.failing, Percent(tally.failing, counts.reporting), &pool.thresholds}};
  for (const auto& [rule, thresholds] : pool.rule_thresholds) {
    auto found = counts.rules.find(rule);
    if (found == counts.rules.end()) continue;
    auto failing = CountOf(found->second, Grade::kNoncompliant);
    triggers.push_back({rule, failing, Percent(failing, counts.reporting), &thresholds});
  }
  return triggers;
}

// Whether a failing share makes the pool noncompliant now; keeps state.pending. Every trigger has a
// clock of its own, which runs while it is reached.
bool IsNoncompliant(const std::vector<Trigger>& triggers, const std::optional<PoolState>& previous,
                    Time now, PoolState& state) {
  if (previous && previous->grade == Grade::kNoncompliant) {
    return std::ranges::any_of(triggers, &Trigger::Held);
  }
  for (const Trigger& trigger : triggers) {
    if (!trigger.Reached()) continue;
    const Time since = previous ? SinceOr(*previous, trigger.rule, now) : now;
    if (now - since >= trigger.thresholds->enter_for) {
      state.pending.clear();
      return true;
    }
    state.pending.emplace(trigger.rule, since);
  }
  return false;
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
    if (!rule) continue;
    for (Grade grade :
         {Grade::kNoncompliant, Grade::kUnknown, Grade::kConditional, Grade::kWaived}) {
      if (SeverityOf(*rule, grade) == Severity::kInfo) continue;
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

// "25 % fail", "25 % fail the rule canary".
std::string ShareText(const Trigger& trigger) {
  std::string text = fmt::format("{:.3g} % fail", trigger.share);
  return trigger.rule.empty() ? text : fmt::format("{} the rule {}", text, trigger.rule);
}

// Why the grade is not what the shares alone say: it waits, or it is held.
void AddTimeReasons(const std::vector<Trigger>& triggers, const PoolState& state,
                    std::vector<PoolReason>& reasons) {
  auto add = [&](const Trigger& trigger, std::string text) {
    reasons.push_back({"", Grade::kNoncompliant, trigger.failing, std::move(text)});
  };
  for (const Trigger& trigger : triggers) {
    auto since = state.pending.find(trigger.rule);
    if (since == state.pending.end()) continue;
    add(trigger, fmt::format("{} since {}; the pool is noncompliant if that lasts until {}",
                             ShareText(trigger), FormatTime(since->second),
                             FormatTime(since->second + trigger.thresholds->enter_for)));
  }
  bool held =
      state.grade == Grade::kNoncompliant && std::ranges::none_of(triggers, &Trigger::Reached);
  for (const Trigger& trigger : triggers) {
    if (!held || !trigger.Held()) continue;
    add(trigger, fmt::format("{}; the pool stays noncompliant until {:.3g} % or fewer do",
                             ShareText(trigger), trigger.thresholds->leave));
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

std::optional<Time> NextDue(const PoolSpec& pool, const PoolState& state) {
  std::optional<Time> next;
  for (const auto& [rule, since] : state.pending) {
    auto own = pool.rule_thresholds.find(rule);
    if (!rule.empty() && own == pool.rule_thresholds.end()) continue;
    const Time due = since + (rule.empty() ? pool.thresholds : own->second).enter_for;
    if (!next || due < *next) next = due;
  }
  return next;
}

PoolVerdict JudgePool(const PolicySet& set, const PoolSpec& pool, const PoolCounts& counts,
                      const std::optional<PoolState>& previous, Time now) {
  Tally tally = Sum(counts);
  PoolVerdict verdict;
  verdict.state = JudgePoolState(pool, counts, previous, now);
  const PoolState& state = verdict.state;
  AddRuleReasons(set, counts, verdict.reasons);
  AddCoverageReasons(pool, counts, tally, verdict.reasons);
  AddTimeReasons(Triggers(pool, counts, tally), state, verdict.reasons);
  AddGoodReason(counts, tally, state, verdict.reasons);
  SortByWeight(set, state.grade, verdict.reasons);
  return verdict;
}

}  // namespace vdiwatch::policy
