#include "policy/waive.h"

#include <algorithm>

#include "policy/host_name.h"

namespace vdiwatch::policy {
namespace {

bool Names(const Waiver& waiver, const DesktopNames& desktop) {
  if (waiver.desktop.empty()) return false;
  if (!waiver.pool.empty() && waiver.pool != desktop.pool) return false;
  return waiver.desktop == desktop.id || waiver.desktop == HostNameOf(desktop.host_name);
}

void Sooner(std::optional<Time>& earliest, Time time) {
  if (!earliest || time < *earliest) earliest = time;
}

bool MayExcuse(const RuleVerdict& rule) {
  return rule.grade == Grade::kNoncompliant || rule.grade == Grade::kConditional;
}

// The excuse that ends last; notes when what excuses the rule may change.
const Waiver* Excusing(std::span<const Waiver* const> waivers, const RuleVerdict& rule, Time at,
                       std::optional<Time>& valid_until) {
  const Waiver* best = nullptr;
  for (const Waiver* waiver : waivers) {
    if (waiver->rule != rule.rule || at >= waiver->ends) continue;
    if (!IsInForce(*waiver, at)) {
      Sooner(valid_until, *waiver->starts);
      continue;
    }
    Sooner(valid_until, waiver->ends);
    if (!best || waiver->ends > best->ends) best = waiver;
  }
  return best;
}

}  // namespace

std::vector<std::string> WaiversNaming(const PolicySet& set, const DesktopNames& desktop) {
  std::vector<std::string> ids;
  for (const Waiver& waiver : set.waivers) {
    if (Names(waiver, desktop)) ids.push_back(waiver.id);
  }
  std::ranges::sort(ids);
  return ids;
}

std::vector<const Waiver*> WaiversFor(const PolicySet& set, std::string_view pool,
                                      const std::vector<std::string>& ids) {
  std::vector<const Waiver*> waivers;
  for (const Waiver& waiver : set.waivers) {
    bool whole_pool = waiver.desktop.empty() && waiver.pool == pool;
    if (whole_pool || std::ranges::find(ids, waiver.id) != ids.end()) waivers.push_back(&waiver);
  }
  return waivers;
}

void Waive(std::span<const Waiver* const> waivers, Time at, Verdict& verdict) {
  for (RuleVerdict& rule : verdict.rules) {
    if (!MayExcuse(rule)) continue;
    const Waiver* waiver = Excusing(waivers, rule, at, verdict.valid_until);
    if (!waiver) continue;
    rule.excuse = Excuse{waiver->id, rule.grade, ExcuseText(*waiver)};
    rule.grade = Grade::kWaived;
  }
  Settle(verdict);
}

}  // namespace vdiwatch::policy
