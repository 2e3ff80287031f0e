#include <array>

#include "collector/store/reader.h"
#include "server/api_json.h"
#include "server/metrics.h"
#include "server/pool_specs.h"

namespace vdiwatch::server {
namespace {

using policy::Grade;
using Type = MetricsText::Type;

// What a desktop, and what a pool can be.
constexpr std::array kDesktopGrades = {Grade::kCompliant, Grade::kConditional,
                                       Grade::kUnknown,   Grade::kNoncompliant,
                                       Grade::kWaived,    Grade::kNotApplicable};
constexpr std::array kPoolGrades = {Grade::kCompliant, Grade::kConditional, Grade::kUnknown,
                                    Grade::kNoncompliant};

using Pools = std::vector<collector::PoolSummary>;

void AddDesktops(const Pools& pools, const policy::PolicySet& set, MetricsText& out) {
  out.Begin("vdiwatch_desktops", Type::kGauge,
            "Desktops by pool and grade; stale and not judged ones are unknown.");
  for (const auto& pool : pools) {
    for (const Grade grade : kDesktopGrades) {
      out.Add({{"pool", pool.pool.name}, {"grade", policy::ToString(grade)}},
              GradeCount(pool, grade));
    }
  }
  out.Begin("vdiwatch_desktops_present", Type::kGauge,
            "Desktops by pool and presence: live, off (said goodbye), stale (silent).");
  for (const auto& pool : pools) {
    out.Add({{"pool", pool.pool.name}, {"presence", "live"}}, pool.live);
    out.Add({{"pool", pool.pool.name}, {"presence", "off"}}, pool.off);
    out.Add({{"pool", pool.pool.name}, {"presence", "stale"}}, pool.stale);
  }
  out.Begin("vdiwatch_pool_expected_desktops", Type::kGauge,
            "Desktops that the policy expects in the pool, where it says so.");
  const PoolSpecs specs(set);
  for (const auto& pool : pools) {
    const auto expected = specs.Named(pool.pool.name).expected_members;
    if (expected) out.Add({{"pool", pool.pool.name}}, static_cast<std::int64_t>(*expected));
  }
}

void AddPools(const Pools& pools, MetricsText& out) {
  out.Begin("vdiwatch_pool_grade", Type::kGauge,
            "1 for the grade that the pool has, 0 for the others.");
  for (const auto& pool : pools) {
    for (const Grade grade : kPoolGrades) {
      out.Add({{"pool", pool.pool.name}, {"grade", policy::ToString(grade)}},
              std::int64_t{GradeOf(pool) == grade});
    }
  }
  out.Begin("vdiwatch_pool_grade_since_timestamp_seconds", Type::kGauge,
            "Since when the pool has its grade.");
  for (const auto& pool : pools) {
    if (pool.pool.state) out.Add({{"pool", pool.pool.name}}, pool.pool.state->since);
  }
}

void AddPolicy(const PolicyStatus& policy, MetricsText& out) {
  out.Begin("vdiwatch_policy_loaded_timestamp_seconds", Type::kGauge,
            "When the policy set in force was loaded.");
  out.Add({}, policy.loaded_at);
  out.Begin("vdiwatch_policy_refused", Type::kGauge,
            "Whether newer policy files are refused and the last good set stays in force.");
  out.Add({}, std::int64_t{!policy.problem.empty()});
  out.Begin("vdiwatch_policy_pack_info", Type::kGauge, "The packs in force.");
  for (const policy::Pack& pack : policy.set->packs) {
    out.Add({{"pack", pack.name}, {"version", pack.version}}, std::int64_t{1});
  }
  out.Begin("vdiwatch_waivers", Type::kGauge, "Waivers that the policy set in force has.");
  out.Add({}, std::ssize(policy.set->waivers));
}

}  // namespace

Result<void> AddFleetMetrics(const MetricsParts& parts, MetricsText& out) {
  const PolicyStatus policy = parts.policy();
  AddPolicy(policy, out);
  const Principal everybody;  // sees all pools: ShowMetrics asks for no less
  ASSIGN_OR_RETURN(const Pools pools, VisiblePools(*parts.database.reader, *policy.set, everybody));
  AddDesktops(pools, *policy.set, out);
  AddPools(pools, out);
  return {};
}

}  // namespace vdiwatch::server
