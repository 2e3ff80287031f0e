#include "policy/waiver_causes.h"

#include <fmt/format.h>

namespace vdiwatch::policy {
namespace {

AlertCause Expiring(const PolicySet& set, const Waiver& waiver, std::int64_t desktops,
                    std::int64_t of) {
  const Rule* rule = set.FindRule(waiver.rule);
  return {.cause = WaiverCause(waiver.id),
          .name = "WaiverExpiring",
          .rule = waiver.rule,
          .severity = rule ? rule->severity : Severity::kMinor,
          .grade = Grade::kWaived,
          .holds = Holds::kYes,
          .desktops = desktops,
          .of = of,
          .text = fmt::format("{} of {} {} excused from {} only {}: {} (waiver {} of {})", desktops,
                              of, of == 1 ? "desktop is" : "desktops are", waiver.rule,
                              UntilText(waiver), waiver.reason, waiver.id, waiver.owner),
          .remediation = "Mend what the rule asks for, or renew the waiver before it ends."};
}

}  // namespace

std::string WaiverCause(std::string_view waiver_id) {
  return fmt::format("{}/{}", kWaiverExpiring, waiver_id);
}

std::vector<AlertCause> ExpiringWaivers(const PolicySet& set, const PoolSpec& pool,
                                        const PoolCounts& counts, Time now) {
  std::vector<AlertCause> causes;
  if (pool.docker == Docker::kNone) return causes;
  for (const Waiver& waiver : set.waivers) {
    const auto found = counts.findings.find(WaiverCause(waiver.id));
    const std::int64_t desktops = found == counts.findings.end() ? 0 : found->second;
    if (StateOf(waiver, desktops > 0, now) != WaiverState::kExpiring) continue;
    causes.push_back(Expiring(set, waiver, desktops, counts.reporting));
  }
  return causes;
}

}  // namespace vdiwatch::policy
