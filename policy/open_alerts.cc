#include "policy/open_alerts.h"

namespace vdiwatch::policy {

std::vector<OpenAlert> OpenAlerts(const PoolSpec& pool, const PoolVerdict& verdict) {
  std::vector<OpenAlert> alerts;
  const Grade grade = verdict.state.grade;
  if (pool.docker == Docker::kNone) return alerts;
  if (grade == Grade::kNoncompliant) {
    for (const PoolReason& reason : verdict.reasons) {
      if (reason.grade == grade && !reason.rule.empty()) {
        alerts.push_back({reason.rule, grade, reason.text});
      }
    }
  }
  if (grade == Grade::kUnknown) {
    alerts.push_back({"", grade, verdict.reasons.empty() ? "" : verdict.reasons.front().text});
  }
  return alerts;
}

}  // namespace vdiwatch::policy
