#include "server/api_json.h"

#include <algorithm>

#include "base/text.h"
#include "server/stored_verdict.h"

namespace vdiwatch::server {
namespace {

using collector::Presence;
using policy::Grade;

// The sentence of the worst rule that counts; empty if all is well.
std::string WorstReason(const collector::DesktopSummary& summary) {
  std::string why;
  if (summary.grade == Grade::kCompliant) return why;
  ReadStoredRules(summary.verdict, [&](StoredRule&& rule) {
    const bool counts = Fails(rule.grade) && rule.severity != "info";
    if (counts) why = std::move(rule.why);
    return !counts;
  });
  return why;
}

std::string ReasonOf(const collector::DesktopSummary& summary) {
  const collector::Desktop& desktop = summary.desktop;
  if (desktop.presence == Presence::kStale) {
    return "Silent since " + FormatTime(desktop.last_seen) + " without saying goodbye.";
  }
  if (summary.verdict.empty()) return "Its facts are not known yet.";
  return WorstReason(summary);
}

}  // namespace

int Badness(Grade grade) {
  const bool beside = grade == Grade::kWaived || grade == Grade::kNotApplicable;
  return beside ? -1 : static_cast<int>(grade);
}

Json PackJson(const policy::Pack& pack) {
  return {{"name", pack.name},
          {"version", pack.version},
          {"source",
           {{"title", pack.source.title}, {"url", pack.source.url}, {"as_of", pack.source.as_of}}}};
}

Json PolicyReferenceJson(std::string_view digest, const policy::PolicySet& in_force) {
  if (digest.empty()) return nullptr;
  if (digest != in_force.digest) {
    return {{"digest", digest}, {"in_force", false}, {"packs", nullptr}};
  }
  Json packs = Json::array();
  for (const policy::Pack& pack : in_force.packs) {
    packs.push_back({{"name", pack.name}, {"version", pack.version}});
  }
  return {{"digest", digest}, {"in_force", true}, {"packs", std::move(packs)}};
}

Json RuleJson(const policy::Rule& rule) {
  return {{"id", rule.id},
          {"title", rule.title},
          {"severity", policy::ToString(rule.severity)},
          {"section", rule.section},
          {"url", rule.url},
          {"because", rule.because},
          {"remediation", rule.remediation},
          {"contact", rule.contact},
          {"otherwise", policy::ToString(rule.otherwise)}};
}

std::int64_t GradeCount(const collector::PoolSummary& summary, Grade grade) {
  const auto found = summary.grades.find(grade);
  const std::int64_t judged = found == summary.grades.end() ? 0 : found->second;
  return grade == Grade::kUnknown ? judged + summary.stale + summary.unjudged : judged;
}

Grade GradeOf(const collector::PoolSummary& summary) {
  return summary.pool.state ? summary.pool.state->grade : Grade::kUnknown;
}

Json PoolJson(const collector::PoolSummary& summary, const policy::PoolSpec& spec) {
  Json json = {{"name", summary.pool.name},
               {"grade", policy::ToString(GradeOf(summary))},
               {"since", nullptr},
               {"reasons", StoredJson(summary.pool.reasons)},
               {"desktops", summary.desktops},
               {"reporting", summary.live + summary.off},
               {"live", summary.live},
               {"off", summary.off},
               {"stale", summary.stale},
               {"unjudged", summary.unjudged},
               {"docker", policy::ToString(spec.docker)},
               {"attributes", Json(spec.attributes)},
               {"expected_members", nullptr}};
  for (const Grade grade : {Grade::kCompliant, Grade::kConditional, Grade::kUnknown,
                            Grade::kNoncompliant, Grade::kWaived, Grade::kNotApplicable}) {
    json[std::string(policy::ToString(grade))] = GradeCount(summary, grade);
  }
  if (summary.pool.state) json["since"] = FormatTime(summary.pool.state->since);
  if (spec.expected_members) json["expected_members"] = *spec.expected_members;
  return json;
}

Grade GradeOf(const collector::DesktopSummary& summary) {
  return summary.desktop.presence == Presence::kStale ? Grade::kUnknown : summary.grade;
}

Json DesktopJson(const collector::DesktopSummary& summary) {
  const collector::Desktop& desktop = summary.desktop;
  return {{"id", collector::IdText(desktop.id)},
          {"host_name", desktop.claims.host_name},
          {"domain", desktop.claims.domain},
          {"pool", summary.pool},
          {"grade", policy::ToString(GradeOf(summary))},
          {"presence", collector::ToString(desktop.presence)},
          {"last_seen", FormatTime(desktop.last_seen)},
          {"created_at", FormatTime(desktop.created_at)},
          {"reason", ReasonOf(summary)},
          {"os", desktop.os},
          {"agent_version", desktop.agent_version},
          {"duplicate", desktop.duplicate}};
}

Json StoredJson(std::string_view text) {
  if (text.empty()) return nullptr;
  auto json = ParseJson(text, "stored JSON", {16 << 20, 64});
  return json ? *std::move(json) : Json(nullptr);
}

Result<std::vector<collector::PoolSummary>> VisiblePools(collector::FleetReader& fleet,
                                                         const policy::PolicySet& policy,
                                                         const Principal& viewer) {
  ASSIGN_OR_RETURN(auto pools, fleet.PoolSummaries());
  const auto name = [](const collector::PoolSummary& summary) -> const std::string& {
    return summary.pool.name;
  };
  const std::ptrdiff_t stored = std::ssize(pools);
  for (const policy::PoolSpec& spec : policy.pools) {
    const std::ranges::subrange by_name(pools.begin(), pools.begin() + stored);
    if (std::ranges::binary_search(by_name, spec.name, {}, name)) continue;
    collector::PoolSummary silent;
    silent.pool.name = spec.name;
    pools.push_back(std::move(silent));
  }
  std::erase_if(pools, [&](const auto& summary) { return !viewer.MaySee(summary.pool.name); });
  std::ranges::sort(pools, {}, name);
  return pools;
}

Result<collector::PoolSummary> FindPool(collector::FleetIndex& index,
                                        const policy::PolicySet& policy, const Principal& viewer,
                                        std::string_view name) {
  if (!name.empty() && viewer.MaySee(name)) {
    ASSIGN_OR_RETURN(auto stored, index.PoolNamed(name));
    if (stored) return *std::move(stored);
    if (policy.PoolNamed(name).name == name) {
      collector::PoolSummary silent;
      silent.pool.name = name;
      return silent;
    }
  }
  return NotFound("There is no pool named '" + Printable(name) + "'.");
}

}  // namespace vdiwatch::server
