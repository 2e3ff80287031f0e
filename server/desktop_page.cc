#include "server/desktop_page.h"

#include <algorithm>

#include "base/text.h"
#include "collector/profile.h"
#include "policy/persistence.h"
#include "report/catalogue.h"
#include "report/fact_set.h"
#include "report/messages.h"
#include "server/api_json.h"

namespace vdiwatch::server {
namespace {

constexpr std::int64_t kTimelineLines = 200;
constexpr std::string_view kNotKnownHere =
    "Told by an agent of another release; this one does not know it, and no rule can ask for it.";

// Everything known about the desktop; what its profile tells is newer than an unfinished check-in.
Result<Facts> FactsOf(collector::Store& store, collector::FleetReader& fleet,
                      const collector::Desktop& desktop) {
  Facts facts = desktop.state;
  facts.insert(desktop.per_desktop.begin(), desktop.per_desktop.end());
  if (desktop.profile.empty()) return facts;
  ASSIGN_OR_RETURN(const auto rows, fleet.PoolProfiles(desktop.pool_id));
  const auto row = std::ranges::find_if(rows, [&](const collector::ProfileRow& candidate) {
    return candidate.profile.digest == desktop.profile;
  });
  if (row == rows.end()) return facts;
  ASSIGN_OR_RETURN(const std::string fact_set, store.FactSet(row->profile.facts_digest));
  ASSIGN_OR_RETURN(Facts judged, collector::ProfileFacts(row->profile, fact_set));
  facts.merge(judged);
  return facts;
}

// The locators behind a fact, as the readings tell them.
Json SourcesJson(const std::string& key, const Json& readings) {
  Json sources = Json::array();
  const auto entry = readings.find(std::string(kSourcesOf) + key);
  if (entry == readings.end() || !entry->is_string()) return sources;
  for (const auto source : Split(entry->get_ref<const std::string&>(), '\n')) {
    sources.push_back(source);
  }
  return sources;
}

Json FactJson(const std::string& key, const Fact& fact, const Json& readings) {
  const FactSpec* spec = FindFact(key);
  Json json = FactsToJson({{key, fact}}, Sources::kLeaveOut)[key];
  json["key"] = key;
  json["class"] = spec != nullptr ? ToString(spec->fact_class) : "";
  json["known"] = spec != nullptr;
  json["sentence"] = spec != nullptr ? spec->sentence : kNotKnownHere;
  json["unit"] = spec != nullptr ? spec->unit : "";
  json["sources"] = SourcesJson(key, readings);
  return json;
}

// In the order of the catalogue; facts that only a newer agent knows come last.
Json FactsJson(Facts facts, const Json& readings) {
  Json json = Json::array();
  for (const FactSpec& spec : Catalogue()) {
    const auto found = facts.find(spec.key);
    if (found == facts.end()) continue;
    json.push_back(FactJson(found->first, found->second, readings));
    facts.erase(found);
  }
  for (const auto& [key, fact] : facts) json.push_back(FactJson(key, fact, readings));
  return json;
}

// The stored verdict, its rules' facts by their keys alone: their values stand under `facts`.
Json VerdictJson(const collector::DesktopSummary& summary) {
  Json verdict = StoredJson(summary.verdict);
  if (!verdict.is_object()) return nullptr;
  for (Json& rule : verdict["rules"]) {
    Json keys = Json::array();
    if (rule.contains("facts") && rule["facts"].is_object()) {
      for (const auto& entry : rule["facts"].items()) keys.push_back(entry.key());
    }
    rule["facts"] = std::move(keys);
  }
  return verdict;
}

Json BootsJson(const policy::BootHistory& boots) {
  return {{"survived", boots.survived},
          {"resets", boots.resets},
          {"resets_in_a_row", boots.resets_in_a_row},
          {"text", policy::DescribeBoots(boots)}};
}

Result<Json> IncarnationsJson(collector::FleetReader& fleet, std::int64_t desktop_id) {
  ASSIGN_OR_RETURN(const auto incarnations, fleet.IncarnationsOf(desktop_id));
  Json json = Json::array();
  for (const collector::Incarnation& incarnation : incarnations) {
    json.push_back({{"id", collector::IdText(incarnation.id)},
                    {"state", collector::ToString(incarnation.state)},
                    {"enrolled_at", FormatTime(incarnation.enrolled_at)},
                    {"last_seen", FormatTime(incarnation.last_seen)},
                    {"certificate_expires", FormatTime(incarnation.certificate_expires)},
                    {"boot_id", incarnation.boot_id}});
  }
  return json;
}

Result<Json> EventsJson(collector::FleetReader& fleet, std::int64_t desktop_id) {
  ASSIGN_OR_RETURN(const auto events, fleet.EventsOf(desktop_id, kTimelineLines));
  Json json = Json::array();
  for (const collector::DesktopEvent& event : events) {
    json.push_back({{"at", FormatTime(event.at)}, {"kind", event.kind}, {"detail", event.detail}});
  }
  return json;
}

Result<Json> HistoryJson(collector::FleetReader& fleet, std::int64_t desktop_id) {
  ASSIGN_OR_RETURN(const auto transitions, fleet.TransitionsOf(desktop_id, kTimelineLines));
  Json json = Json::array();
  for (const collector::DesktopTransition& transition : transitions) {
    json.push_back(
        {{"at", FormatTime(transition.at)},
         {"grade", policy::ToString(transition.grade)},
         {"policy", transition.policy.empty() ? Json(nullptr) : Json(transition.policy)}});
  }
  return json;
}

// Readings may be on their way still; that is no failure of the page.
Json ReadingsJson(collector::Store& store, const std::string& digest) {
  if (digest.empty()) return Json::object();
  const auto text = store.Readings(digest);
  Json json = text ? StoredJson(*text) : Json();
  return json.is_object() ? json : Json::object();
}

Json WithoutSources(Json readings) {
  Json rest = Json::object();
  for (auto& [locator, text] : readings.items()) {
    if (!locator.starts_with(kSourcesOf)) rest[locator] = std::move(text);
  }
  return rest;
}

}  // namespace

Result<Json> DesktopPage(collector::Store& store, collector::FleetReader& fleet,
                         const collector::DesktopSummary& summary) {
  const collector::Desktop& desktop = summary.desktop;
  ASSIGN_OR_RETURN(Facts facts, FactsOf(store, fleet, desktop));
  Json page = DesktopJson(summary);
  page["claims"] = ClaimsToJson(desktop.claims);
  page["verdict"] = VerdictJson(summary);
  Json readings = ReadingsJson(store, desktop.readings_digest);
  page["facts"] = FactsJson(std::move(facts), readings);
  page["readings"] = WithoutSources(std::move(readings));
  page["boots"] = BootsJson(desktop.boots);
  ASSIGN_OR_RETURN(page["incarnations"], IncarnationsJson(fleet, desktop.id));
  ASSIGN_OR_RETURN(page["events"], EventsJson(fleet, desktop.id));
  ASSIGN_OR_RETURN(page["history"], HistoryJson(fleet, desktop.id));
  return page;
}

}  // namespace vdiwatch::server
