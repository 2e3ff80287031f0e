#include "server/compliance/report_json.h"

#include <array>
#include <cmath>

#include "server/waiver_tally.h"

namespace vdiwatch::server::compliance {
namespace {

using policy::Grade;

constexpr std::array kGrades = {Grade::kCompliant,    Grade::kConditional, Grade::kUnknown,
                                Grade::kNoncompliant, Grade::kWaived,      Grade::kNotApplicable};

Json TimeOrNull(const std::optional<Time>& time) {
  return time ? Json(FormatTime(*time)) : Json(nullptr);
}

Json ScopeJson(const Scope& scope) {
  const auto only = [&](Scope::Kind kind, const std::string& text) {
    return scope.kind == kind ? Json(text) : Json(nullptr);
  };
  const char* kind = scope.kind == Scope::Kind::kFleet  ? "fleet"
                     : scope.kind == Scope::Kind::kPool ? "pool"
                                                        : "attribute";
  return {{"kind", kind},
          {"text", ToString(scope)},
          {"pool", only(Scope::Kind::kPool, scope.value)},
          {"attribute", only(Scope::Kind::kAttribute, scope.key)},
          {"value", only(Scope::Kind::kAttribute, scope.value)}};
}

Json PolicyJson(const Report& report) {
  Json packs = Json::array();
  for (const PackLine& pack : report.packs) {
    packs.push_back(
        {{"name", pack.name},
         {"version", pack.version},
         {"source",
          {{"title", pack.source.title}, {"url", pack.source.url}, {"as_of", pack.source.as_of}}}});
  }
  return {{"digest", report.policy},
          {"in_force_since", FormatTime(report.policy_since)},
          {"in_force", report.policy_in_force},
          {"packs", std::move(packs)}};
}

void AddStandings(const Standings& standings, Json& json) {
  json["desktops"] = standings.desktops();
  json["reporting"] = standings.reporting();
  json["live"] = standings.live;
  json["off"] = standings.off;
  json["stale"] = standings.stale;
  json["unjudged"] = standings.unjudged;
  for (const Grade grade : kGrades) {
    json[std::string(policy::ToString(grade))] = standings.Of(grade);
  }
}

Json TotalsJson(const Report& report) {
  Standings sum;
  GradeCounts pools;
  std::optional<std::int64_t> expected, never;
  for (const PoolLine& pool : report.pools) {
    sum.Add(pool.standings);
    ++pools[pool.grade];
    if (!pool.coverage) continue;
    expected = expected.value_or(0) + pool.coverage->expected;
    never = never.value_or(0) + pool.coverage->never_reported();
  }
  Json json;
  AddStandings(sum, json);
  for (const Grade grade : kGrades) {
    json["pools"][std::string(policy::ToString(grade))] = CountOf(pools, grade);
  }
  json["expected_members"] = expected ? Json(*expected) : Json(nullptr);
  json["never_reported"] = never ? Json(*never) : Json(nullptr);
  return json;
}

Json RuleWords(const policy::RuleVerdict& rule) {
  return {{"id", rule.rule},
          {"title", rule.title},
          {"severity", policy::ToString(rule.severity)},
          {"remediation", rule.remediation},
          {"contact", rule.contact},
          {"url", rule.url}};
}

Json RuleJson(const RuleLine& rule) {
  Json json = RuleWords(rule.sample);
  json["section"] = rule.section;
  json["why"] = rule.why;
  for (const Grade grade : kGrades) {
    json[std::string(policy::ToString(grade))] = CountOf(rule.desktops, grade);
  }
  return json;
}

Json CoverageJson(const std::optional<Coverage>& coverage) {
  if (!coverage) return nullptr;
  return {{"expected_members", coverage->expected},
          {"from", coverage->by_list ? "list" : "number"},
          {"known", coverage->known},
          {"reporting", coverage->reporting},
          {"never_reported", coverage->never_reported()},
          {"percent", std::round(coverage->percent() * 10) / 10}};
}

Json PoolJson(const PoolLine& pool) {
  Json json = {{"name", pool.name},
               {"docker", policy::ToString(pool.docker)},
               {"attributes", pool.attributes},
               {"grade", policy::ToString(pool.grade)},
               {"since", TimeOrNull(pool.since)},
               {"reasons", Json::array()},
               {"coverage", CoverageJson(pool.coverage)},
               {"rules", Json::array()}};
  AddStandings(pool.standings, json);
  for (const policy::PoolReason& reason : pool.reasons) {
    json["reasons"].push_back({{"rule", reason.rule},
                               {"grade", policy::ToString(reason.grade)},
                               {"desktops", reason.desktops},
                               {"text", reason.text}});
  }
  for (const RuleLine& rule : pool.rules) json["rules"].push_back(RuleJson(rule));
  return json;
}

Json ExceptionJson(const ExceptionLine& desktop) {
  Json rules = Json::array();
  for (const policy::RuleVerdict& rule : *desktop.rules) {
    Json& json = rules.emplace_back(RuleWords(rule));
    json["grade"] = policy::ToString(rule.grade);
    json["why"] = rule.why;
  }
  return {{"id", collector::IdText(desktop.id)},
          {"host_name", desktop.host_name},
          {"pool", desktop.pool},
          {"grade", policy::ToString(desktop.grade)},
          {"presence", collector::ToString(desktop.presence)},
          {"last_seen", TimeOrNull(desktop.last_seen)},
          {"note", desktop.note},
          {"rules", std::move(rules)}};
}

}  // namespace

Json ReportJson(const Report& report) {
  Json json = {{"format", "vdiwatch-compliance/1"},
               {"title", TitleOf(report)},
               {"scope", ScopeJson(report.scope)},
               {"as_of", FormatTime(report.as_of)},
               {"made_at", FormatTime(report.made_at)},
               {"policy", PolicyJson(report)},
               {"totals", TotalsJson(report)},
               {"pools", Json::array()},
               {"desktops", Json::array()},
               {"left_out", report.left_out},
               {"waivers", Json::array()}};
  for (const PoolLine& pool : report.pools) json["pools"].push_back(PoolJson(pool));
  for (const ExceptionLine& line : report.exceptions) {
    json["desktops"].push_back(ExceptionJson(line));
  }
  for (const auto& [waiver, desktops] : report.waivers) {
    json["waivers"].push_back(WaiverJson(waiver, desktops, report.as_of));
  }
  return json;
}

}  // namespace vdiwatch::server::compliance
