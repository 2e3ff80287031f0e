#include "policy/plan.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "policy/outcome.h"
#include "policy/pool_state.h"
#include "policy/waive.h"

namespace vdiwatch::policy {
namespace {

bool IsBeside(Grade grade) { return grade == Grade::kWaived || grade == Grade::kNotApplicable; }

bool IsWorse(Grade grade, Grade than) {
  if (IsBeside(grade)) return false;
  return IsBeside(than) || grade > than;
}

bool Fails(Grade grade) { return !IsBeside(grade) && grade != Grade::kCompliant; }

// The worst first; grades beside the scale last.
int Goodness(Grade grade) { return IsBeside(grade) ? 1 : -static_cast<int>(grade); }

using Sentences = std::map<std::pair<std::string_view, Grade>, std::map<std::string, std::int64_t>>;

// Every rule's most frequent sentence, for pools to say the same words as their desktops.
void SetWhys(const Sentences& sentences, PoolCounts& counts) {
  for (const auto& [key, whys] : sentences) {
    auto most = std::ranges::max_element(whys, {}, [](const auto& why) { return why.second; });
    counts.whys[std::string(key.first)][key.second] = most->first;
  }
}

RuleCause& CauseOf(GradeChange& change, const std::string& rule) {
  auto cause = std::ranges::find(change.causes, rule, &RuleCause::rule);
  if (cause != change.causes.end()) return *cause;
  change.causes.emplace_back().rule = rule;
  return change.causes.back();
}

// Whether this profile now is the cause's largest, which speaks for it.
bool CountIn(RuleCause& cause, std::int64_t id, std::int64_t desktops) {
  cause.desktops += desktops;
  auto& profiles = cause.profiles;
  const std::pair entry(desktops, id);
  profiles.insert(std::ranges::upper_bound(profiles, entry, std::greater()), entry);
  if (profiles.size() > kMaxSamples) profiles.pop_back();
  return profiles.front() == entry;
}

// The verdict once every `for` has passed, if nothing else happens.
PoolVerdict Settle(const PolicySet& set, const PoolSpec& spec, const PoolCounts& counts,
                   const std::optional<PoolState>& state, Time now) {
  PoolVerdict verdict = JudgePool(set, spec, counts, state, now);
  const auto due = NextDue(spec, verdict.state);
  return due ? JudgePool(set, spec, counts, verdict.state, *due) : verdict;
}

}  // namespace

// One of the two policies, and where its rules stand.
struct Planner::Side {
  explicit Side(const PolicySet& policy) : set(policy), rules(RulesOf(policy)) {
    for (std::size_t i = 0; i < rules.size(); ++i) places[rules[i]->id] = i;
  }

  const Rule* Find(std::string_view id) const {
    auto place = places.find(id);
    return place == places.end() ? nullptr : rules[place->second];
  }
  Grade GradeOf(std::string_view id, const Grades& grades) const {
    auto place = places.find(id);
    return place == places.end() ? Grade::kNotApplicable : grades.rules[place->second];
  }
  // As it weighs in the desktop's grade: what is info here does not.
  Grade CountedGradeOf(std::string_view id, const Grades& grades) const {
    const Rule* rule = Find(id);
    if (!rule) return Grade::kNotApplicable;
    const Grade grade = GradeOf(id, grades);
    return SeverityOf(*rule, grade) == Severity::kInfo ? Grade::kNotApplicable : grade;
  }

  // Where waivers may apply, the whole verdict is needed; notes the ids of those that excused.
  Grades Evaluate(std::string_view pool, const Facts& facts, const PoolAttributes& attributes,
                  const std::vector<std::string>& waiver_ids, Time at,
                  std::set<std::string>* used) const {
    const auto waivers = WaiversFor(set, pool, waiver_ids);
    if (waivers.empty()) return EvaluateGrades(set, facts, attributes, at);
    Verdict verdict = policy::Evaluate(set, facts, attributes, at);
    Waive(waivers, at, verdict);
    Grades grades{verdict.grade, std::vector<Grade>(rules.size(), Grade::kNotApplicable)};
    for (const RuleVerdict& rule : verdict.rules) {
      grades.rules[places.at(rule.rule)] = rule.grade;
      if (rule.excuse && used) used->insert(rule.excuse->waiver);
    }
    return grades;
  }

  const PolicySet& set;
  std::vector<const Rule*> rules;
  std::map<std::string_view, std::size_t> places;
};

struct Planner::PoolTally {
  struct Half {
    Half(const PolicySet& set, std::string_view name)
        : spec(&set.PoolNamed(name)), attributes(AttributesOf(*spec)) {}

    void Add(const Side& side, const Grades& grades, const Facts& facts, const Desktops& desktops);

    const PoolSpec* spec;
    PoolAttributes attributes;
    PoolCounts counts;
    Sentences sentences;
  };

  std::string name;
  std::optional<PoolState> state;
  Half current, next;
  std::int64_t changing = 0;
};

void Planner::PoolTally::Half::Add(const Side& side, const Grades& grades, const Facts& facts,
                                   const Desktops& desktops) {
  counts.desktops += desktops.reporting + desktops.stale;
  counts.stale += desktops.stale;
  counts.reporting += desktops.reporting;
  if (desktops.reporting == 0) return;
  counts.grades[grades.grade] += desktops.reporting;
  for (std::size_t i = 0; i < side.rules.size(); ++i) {
    const Rule& rule = *side.rules[i];
    Grade grade = grades.rules[i];
    counts.rules[rule.id][grade] += desktops.reporting;
    if (SeverityOf(rule, grade) == Severity::kInfo || !Fails(grade)) continue;
    std::string why = EvaluateRule(rule, facts, attributes).why;
    sentences[{rule.id, grade}][std::move(why)] += desktops.reporting;
  }
}

Planner::Planner(const PolicySet& current, const PolicySet& next, Time now)
    : current_(std::make_unique<Side>(current)), next_(std::make_unique<Side>(next)) {
  plan_.at = now;
  plan_.difference = policy::Compare(current, next);
}

Planner::~Planner() = default;

void Planner::AddPool(std::int64_t id, std::string_view name,
                      const std::optional<PoolState>& state) {
  pools_.insert_or_assign(id, PoolTally{.name = std::string(name),
                                        .state = state,
                                        .current = {current_->set, name},
                                        .next = {next_->set, name}});
}

void Planner::SetListed(std::int64_t pool_id, const std::optional<ListedMembers>& current,
                        const std::optional<ListedMembers>& next) {
  PoolTally& pool = pools_.at(pool_id);
  pool.current.counts.listed = current;
  pool.next.counts.listed = next;
}

Planner::BothGrades Planner::AddProfile(std::int64_t id, std::int64_t pool_id, const Facts& facts,
                                        const Desktops& desktops, const NamedBy& waivers) {
  PoolTally& pool = pools_.at(pool_id);
  auto* used = desktops.reporting > 0 ? &used_waivers_ : nullptr;
  BothGrades grades{
      current_->Evaluate(pool.name, facts, pool.current.attributes, waivers.current, plan_.at,
                         nullptr),
      next_->Evaluate(pool.name, facts, pool.next.attributes, waivers.next, plan_.at, used)};
  ++plan_.evaluations;
  pool.current.Add(*current_, grades.current, facts, desktops);
  pool.next.Add(*next_, grades.next, facts, desktops);
  plan_.desktops += desktops.reporting + desktops.stale;
  plan_.reporting += desktops.reporting;
  bool changes = desktops.reporting > 0 && grades.current.grade != grades.next.grade;
  if (changes) Compare(id, pool, facts, grades, desktops.reporting);
  return grades;
}

void Planner::AddUnjudged(std::int64_t pool_id, const Desktops& desktops) {
  PoolTally& pool = pools_.at(pool_id);
  for (PoolCounts* counts : {&pool.current.counts, &pool.next.counts}) {
    counts->desktops += desktops.reporting + desktops.stale;
    counts->reporting += desktops.reporting;
    counts->stale += desktops.stale;
  }
  plan_.desktops += desktops.reporting + desktops.stale;
  plan_.reporting += desktops.reporting;
}

void Planner::Compare(std::int64_t id, PoolTally& pool, const Facts& facts,
                      const BothGrades& grades, std::int64_t desktops) {
  const Grade from = grades.current.grade, to = grades.next.grade;
  GradeChange& change = changes_[{from, to}];
  change.from = from;
  change.to = to;
  change.desktops += desktops;
  change.pools[pool.name] += desktops;
  pool.changing += desktops;
  plan_.changing += desktops;
  Blame(change, id, pool, facts, grades, desktops);
}

// A worse grade comes from the rules that now give it, a better one from those that no longer do.
void Planner::Blame(GradeChange& change, std::int64_t id, const PoolTally& pool, const Facts& facts,
                    const BothGrades& grades, std::int64_t desktops) {
  const bool worse = IsWorse(change.to, change.from);
  const Side& decisive = worse ? *next_ : *current_;
  const Grade grade = worse ? change.to : change.from;
  for (const Rule* rule : decisive.rules) {
    const Grade before = current_->CountedGradeOf(rule->id, grades.current);
    const Grade after = next_->CountedGradeOf(rule->id, grades.next);
    if ((worse ? after : before) != grade || before == after) continue;
    RuleCause& cause = CauseOf(change, rule->id);
    if (!CountIn(cause, id, desktops)) continue;
    const Rule* speaks = next_->Find(rule->id);
    const auto& attributes = speaks ? pool.next.attributes : pool.current.attributes;
    cause.why = EvaluateRule(speaks ? *speaks : *rule, facts, attributes).why;
    cause.from = current_->GradeOf(rule->id, grades.current);
    cause.to = next_->GradeOf(rule->id, grades.next);
  }
}

// Those of `alerts` that the other policy does not have too.
void Planner::AddAlerts(const std::string& pool, const std::vector<AlertCause>& alerts,
                        const std::vector<AlertCause>& others, bool fires) {
  for (const AlertCause& alert : alerts) {
    if (alert.holds != Holds::kYes) continue;
    // What the other leaves open is open under both: it neither fires nor ends.
    bool shared = std::ranges::find(others, alert.cause, &AlertCause::cause) != others.end();
    if (!shared) plan_.alerts.push_back({pool, fires, alert});
  }
}

void Planner::FinishPool(const PoolTally& pool) {
  PoolVerdict before =
      Settle(current_->set, *pool.current.spec, pool.current.counts, pool.state, plan_.at);
  PoolVerdict after = Settle(next_->set, *pool.next.spec, pool.next.counts, pool.state, plan_.at);
  const auto open = PoolAlertCauses(current_->set, *pool.current.spec, pool.current.counts, before);
  const auto then = PoolAlertCauses(next_->set, *pool.next.spec, pool.next.counts, after);
  AddAlerts(pool.name, then, open, true);
  AddAlerts(pool.name, open, then, false);
  if (before.state.grade == after.state.grade) return;
  plan_.pool_changes.push_back({.pool = pool.name,
                                .docker = pool.next.spec->docker,
                                .from = before.state.grade,
                                .verdict = std::move(after),
                                .reporting = pool.next.counts.reporting,
                                .changing = pool.changing});
}

Plan Planner::Finish() {
  std::vector<PoolTally*> pools;
  for (auto& [id, pool] : pools_) pools.push_back(&pool);
  std::ranges::sort(pools, {}, &PoolTally::name);
  for (PoolTally* pool : pools) {
    SetWhys(pool->current.sentences, pool->current.counts);
    SetWhys(pool->next.sentences, pool->next.counts);
    FinishPool(*pool);
  }
  plan_.pools = static_cast<std::int64_t>(pools.size());
  std::ranges::stable_sort(plan_.pool_changes, {}, [](const PoolChange& change) {
    return Goodness(change.verdict.state.grade);
  });
  for (const Waiver& waiver : next_->set.waivers) {
    plan_.waivers.push_back(
        {waiver.id, StateOf(waiver, used_waivers_.contains(waiver.id), plan_.at)});
  }
  for (auto& [key, change] : changes_) {
    std::ranges::stable_sort(change.causes, std::greater(), &RuleCause::desktops);
    plan_.desktop_changes.push_back(std::move(change));
  }
  std::ranges::stable_sort(plan_.desktop_changes, {}, [](const GradeChange& change) {
    return std::tuple(Goodness(change.to), -change.desktops);
  });
  return std::move(plan_);
}

}  // namespace vdiwatch::policy
