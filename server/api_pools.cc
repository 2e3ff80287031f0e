#include <algorithm>
#include <array>

#include "base/text.h"
#include "server/api_json.h"
#include "server/fact_tally.h"
#include "server/handlers.h"
#include "server/pool_tally.h"
#include "server/waiver_tally.h"

namespace vdiwatch::server {
namespace {

using policy::Grade;

constexpr std::int64_t kHistoryLines = 100;

Json ThresholdsJson(const policy::Thresholds& thresholds) {
  return {{"enter", thresholds.enter},
          {"enter_for_s", thresholds.enter_for.count()},
          {"leave", thresholds.leave},
          {"minimum_reporting", thresholds.minimum_reporting},
          {"maximum_unknown", thresholds.maximum_unknown},
          {"minimum_coverage", thresholds.minimum_coverage}};
}

// What the rule says comes from the policy in force; a rule it no longer has keeps its last words.
Json RuleJson(const RuleTally& tally, const policy::PolicySet& set) {
  const RuleWords& sample = *tally.sample;
  Json json = {{"id", tally.rule},
               {"title", sample.title},
               {"severity", sample.severity},
               {"section", ""},
               {"url", sample.url},
               {"remediation", sample.remediation},
               {"contact", sample.contact},
               {"because", ""},
               {"why", tally.MostFrequentSentence()},
               {"excuse", tally.MostFrequentExcuse()}};
  if (const policy::Rule* rule = set.FindRule(tally.rule)) {
    json["section"] = rule->section;
    json["because"] = rule->because;
    json["remediation"] = rule->remediation;
    json["contact"] = rule->contact;
  }
  for (const Grade grade : {Grade::kCompliant, Grade::kConditional, Grade::kUnknown,
                            Grade::kNoncompliant, Grade::kWaived, Grade::kNotApplicable}) {
    json[std::string(policy::ToString(grade))] = tally.Count(grade);
  }
  return json;
}

// Every counted fact: key -> [{value, desktops}].
Json FactsJson(const FactTally& tally) {
  Json json = Json::object();
  for (const auto& entry : tally) json[entry.first] = FactValuesJson(tally, entry.first);
  return json;
}

Result<Json> HistoryJson(collector::FleetReader& fleet, std::int64_t pool_id) {
  ASSIGN_OR_RETURN(const auto transitions, fleet.PoolTransitions(pool_id, kHistoryLines));
  Json history = Json::array();
  for (const collector::PoolTransition& transition : transitions) {
    history.push_back({{"at", FormatTime(transition.at)},
                       {"from", policy::ToString(transition.from)},
                       {"to", policy::ToString(transition.to)},
                       {"policy", transition.policy},
                       {"reasons", StoredJson(transition.reasons)}});
  }
  return history;
}

constexpr std::size_t kMostNames = 1000;

// Of a list of expected members, those that never reported: how many, and the first by name.
Result<void> AddNeverReported(collector::Store& store, std::int64_t pool_id,
                              const policy::PoolSpec& spec, Json& json) {
  json["never_reported"] = Json::array();
  json["never_reported_count"] = nullptr;
  if (spec.expected_hosts.empty()) return {};
  ASSIGN_OR_RETURN(const auto seen, store.HostsSeen(pool_id, spec.expected_hosts));
  std::size_t count = 0;
  auto next = seen.begin();
  for (const std::string& host : spec.expected_hosts) {  // both by name
    while (next != seen.end() && next->host_name < host) ++next;
    if (next != seen.end() && next->host_name == host) continue;
    if (++count <= kMostNames) json["never_reported"].push_back(host);
  }
  json["never_reported_count"] = count;
  return {};
}

}  // namespace

Result<HttpResponse> ShowPool(const Services& services, const Call& call) {
  const auto set = services.policy().set;
  ASSIGN_OR_RETURN(const auto summary,
                   FindPool(*services.index, *set, *call.principal, call.parameter));
  ASSIGN_OR_RETURN(const auto profiles, services.verdicts->ProfilesOf(summary.pool.id));
  ASSIGN_OR_RETURN(const auto facts, TallyFacts(services.verdicts->facts(), profiles));
  ASSIGN_OR_RETURN(Json history, HistoryJson(services.fleet, summary.pool.id));
  const policy::PoolSpec& spec = set->PoolNamed(summary.pool.name);
  Json json = PoolJson(summary, spec);
  json["thresholds"] = ThresholdsJson(spec.thresholds);
  json["rules"] = Json::array();
  for (const RuleTally& tally : TallyRules(profiles)) {
    json["rules"].push_back(RuleJson(tally, *set));
  }
  json["platforms"] = FactValuesJson(facts, "platform.kind");
  json["persistence"] = FactValuesJson(facts, "persistence.verdict");
  json["facts"] = FactsJson(facts);
  json["history"] = std::move(history);
  RETURN_IF_ERROR(AddNeverReported(services.store, summary.pool.id, spec, json));
  WaiverUse use;
  for (const JudgedProfile& profile : profiles) AddWaiverUse(profile, use);
  json["waivers"] = PoolWaiversJson(*set, use, services.clock.Now(), summary.pool.name);
  json["policy"] = PolicyReferenceJson(set->digest, *set);
  return JsonResponse(json);
}

}  // namespace vdiwatch::server
