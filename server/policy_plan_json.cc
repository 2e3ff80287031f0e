#include "server/policy_plan.h"

namespace vdiwatch::server {
namespace {

using policy::ToString;

Json ChangedJson(const std::vector<policy::Changed>& changed, const char* name) {
  Json json = Json::array();
  for (const auto& one : changed) json.push_back({{name, one.name}, {"keys", one.keys}});
  return json;
}

Json SampleJson(const FleetPlan& plan, const policy::RuleCause& cause) {
  Json json = Json::array();
  for (const auto& [desktops, id] : cause.profiles) {
    for (const collector::NamedDesktop& desktop : plan.samples.at(id)) {
      if (json.size() == policy::kMaxSamples) return json;
      json.push_back({{"id", collector::IdText(desktop.id)}, {"host_name", desktop.host_name}});
    }
  }
  return json;
}

Json GradeChangeJson(const FleetPlan& plan, const policy::GradeChange& change) {
  Json pools = Json::array(), rules = Json::array();
  for (const auto& [pool, desktops] : change.pools) {
    pools.push_back({{"pool", pool}, {"desktops", desktops}});
  }
  for (const policy::RuleCause& cause : change.causes) {
    rules.push_back({{"rule", cause.rule},
                     {"from", ToString(cause.from)},
                     {"to", ToString(cause.to)},
                     {"desktops", cause.desktops},
                     {"why", cause.why},
                     {"sample", SampleJson(plan, cause)}});
  }
  return {{"from", ToString(change.from)},
          {"to", ToString(change.to)},
          {"desktops", change.desktops},
          {"pools", std::move(pools)},
          {"rules", std::move(rules)}};
}

Json DesktopsJson(const FleetPlan& plan) {
  Json changes = Json::array();
  for (const auto& change : plan.plan.desktop_changes) {
    changes.push_back(GradeChangeJson(plan, change));
  }
  return {{"total", plan.plan.desktops},
          {"reporting", plan.plan.reporting},
          {"changing", plan.plan.changing},
          {"changes", std::move(changes)}};
}

Json PoolsJson(const policy::Plan& plan) {
  Json changes = Json::array();
  for (const policy::PoolChange& change : plan.pool_changes) {
    Json reasons = Json::array();
    for (const policy::PoolReason& reason : change.verdict.reasons) {
      reasons.push_back({{"rule", reason.rule},
                         {"grade", ToString(reason.grade)},
                         {"desktops", reason.desktops},
                         {"text", reason.text}});
    }
    changes.push_back({{"pool", change.pool},
                       {"docker", ToString(change.docker)},
                       {"from", ToString(change.from)},
                       {"to", ToString(change.verdict.state.grade)},
                       {"reporting", change.reporting},
                       {"changing", change.changing},
                       {"reasons", std::move(reasons)}});
  }
  return {{"total", plan.pools},
          {"changing", plan.pool_changes.size()},
          {"changes", std::move(changes)}};
}

Json AlertsJson(const policy::Plan& plan) {
  Json fire = Json::array(), resolve = Json::array();
  for (const policy::AlertChange& change : plan.alerts) {
    (change.fires ? fire : resolve)
        .push_back({{"pool", change.pool},
                    {"rule", change.alert.rule},
                    {"grade", ToString(change.alert.grade)},
                    {"text", change.alert.text}});
  }
  return {{"fire", std::move(fire)}, {"resolve", std::move(resolve)}};
}

// The ids of the waivers by their state; each state is there.
Json WaiversJson(const policy::Plan& plan) {
  using policy::WaiverState;
  Json json = Json::object();
  for (const auto state : {WaiverState::kScheduled, WaiverState::kActive, WaiverState::kExpiring,
                           WaiverState::kUnused, WaiverState::kExpired}) {
    json[std::string(ToString(state))] = Json::array();
  }
  for (const policy::WaiverOutlook& waiver : plan.waivers) {
    json[std::string(ToString(waiver.state))].push_back(waiver.id);
  }
  return json;
}

Json RecordJson(const policy::PoolRecord& record) {
  return {{"turned_noncompliant", record.turned_noncompliant},
          {"noncompliant_s", record.noncompliant.count()},
          {"turned_unknown", record.turned_unknown},
          {"unknown_s", record.unknown.count()},
          {"last", ToString(record.last)}};
}

Json HistoryJson(const FleetHistory& history) {
  Json pools = Json::array();
  for (const PoolHistory& pool : history.pools) {
    pools.push_back({{"pool", pool.pool},
                     {"docker", ToString(pool.docker)},
                     {"current", RecordJson(pool.current)},
                     {"new", RecordJson(pool.next)}});
  }
  return {
      {"since", FormatTime(history.since)}, {"moves", history.moves}, {"pools", std::move(pools)}};
}

}  // namespace

Json PlanToJson(const FleetPlan& made, const policy::PolicySet& current,
                const policy::PolicySet& next, bool built_in_pack) {
  const policy::Difference& difference = made.plan.difference;
  return {{"format", "vdiwatch-plan/1"},
          {"at", FormatTime(made.plan.at)},
          {"policy",
           {{"current", current.digest}, {"new", next.digest}, {"built_in_pack", built_in_pack}}},
          {"rules",
           {{"added", difference.rules_added},
            {"removed", difference.rules_removed},
            {"changed", ChangedJson(difference.rules_changed, "rule")}}},
          {"policy_pools",
           {{"added", difference.pools_added},
            {"removed", difference.pools_removed},
            {"changed", ChangedJson(difference.pools_changed, "pool")}}},
          {"desktops", DesktopsJson(made)},
          {"pools", PoolsJson(made.plan)},
          {"alerts", AlertsJson(made.plan)},
          {"waivers", WaiversJson(made.plan)},
          {"replay", made.history ? HistoryJson(*made.history) : Json(nullptr)},
          {"evaluations", made.plan.evaluations}};
}

}  // namespace vdiwatch::server
