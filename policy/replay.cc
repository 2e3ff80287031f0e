#include "policy/replay.h"

#include <algorithm>

#include "policy/pool_state.h"

namespace vdiwatch::policy {

PoolReplay::PoolReplay(const PolicySet& set, std::string_view pool,
                       std::optional<PoolState> previous, Time start)
    : spec_(set.PoolNamed(pool)), state_(previous), at_(start), judged_at_(start) {
  const std::vector<const Rule*> rules = RulesOf(set);
  for (const auto& [id, thresholds] : spec_.rule_thresholds) {
    auto rule = std::ranges::find(rules, id, &Rule::id);
    if (rule != rules.end()) rules_.emplace_back(id, rule - rules.begin());
  }
}

void PoolReplay::Add(const Weight& weight, std::int64_t desktops) {
  dirty_ = true;
  counts_.desktops += desktops;
  if (weight.stale) {
    counts_.stale += desktops;
    return;
  }
  counts_.reporting += desktops;
  if (!weight.grades) return;
  counts_.grades[weight.grades->grade] += desktops;
  for (const auto& [id, place] : rules_) {
    counts_.rules[id][weight.grades->rules[place]] += desktops;
  }
}

void PoolReplay::JudgeAt(Time at) {
  const bool begun = state_ || counts_.desktops > 0;
  if (!begun) return;  // a pool's life begins with its first desktop
  if (state_) {
    if (state_->grade == Grade::kNoncompliant) record_.noncompliant += at - judged_at_;
    if (state_->grade == Grade::kUnknown) record_.unknown += at - judged_at_;
  }
  PoolState next = JudgePoolState(spec_, counts_, state_, at);
  if (!state_ || state_->grade != next.grade) {
    record_.turned_noncompliant += next.grade == Grade::kNoncompliant;
    record_.turned_unknown += next.grade == Grade::kUnknown;
  }
  state_ = next;
  judged_at_ = at;
  dirty_ = false;
}

void PoolReplay::AdvanceTo(Time now) {
  if (now <= at_) return;
  if (dirty_) JudgeAt(at_);
  while (const auto due = state_ ? NextDue(spec_, *state_) : std::nullopt) {
    if (*due >= now) break;
    JudgeAt(*due);
  }
  at_ = now;
}

PoolRecord PoolReplay::Finish(Time end) {
  AdvanceTo(end);
  JudgeAt(end);
  if (state_) record_.last = state_->grade;
  return record_;
}

}  // namespace vdiwatch::policy
