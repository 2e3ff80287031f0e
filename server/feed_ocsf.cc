#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "server/feed_format.h"

namespace vdiwatch::server {
namespace {

using policy::Grade;

// A number of one of OCSF's enumerations, and its caption.
struct Choice {
  int id;
  std::string_view caption;
};

// What did not yield a result is a warning; what OCSF has no word for is said in ours.
Choice ComplianceStatus(const std::optional<Grade>& grade) {
  if (!grade) return {99, "absent"};
  switch (*grade) {
    case Grade::kCompliant:
      return {1, "Pass"};
    case Grade::kUnknown:
      return {2, "Warning"};
    case Grade::kNoncompliant:
      return {3, "Fail"};
    case Grade::kConditional:
    case Grade::kWaived:
    case Grade::kNotApplicable:
      break;
  }
  return {99, policy::ToString(*grade)};
}

Choice Severity(const std::optional<Grade>& grade) {
  if (grade == Grade::kNoncompliant) return {4, "High"};
  if (grade == Grade::kUnknown) return {3, "Medium"};
  if (grade == Grade::kConditional) return {2, "Low"};
  return {1, "Informational"};
}

bool IsOpen(const std::optional<Grade>& grade) { return Severity(grade).id > 1; }

// A finding is made by the first grade that is not good, and closed by a good one.
struct Activity {
  Choice activity;
  Choice status;
};
Activity ActivityOf(const collector::FeedEvent& event) {
  if (!IsOpen(event.to)) return {{3, "Close"}, {4, "Resolved"}};
  if (!IsOpen(event.from)) return {{1, "Create"}, {1, "New"}};
  return {{2, "Update"}, {2, "In Progress"}};
}

void Put(Json& json, const std::string& name, const Choice& choice) {
  json[name + "_id"] = choice.id;
  json[name] = choice.caption;
}

Json Standards(const collector::FeedEvent& event, const policy::PolicySet& in_force) {
  Json standards = Json::array();
  if (event.policy == in_force.digest) {
    for (const policy::Pack& pack : in_force.packs) {
      standards.push_back(pack.name + " " + pack.version);
    }
  }
  if (standards.empty()) {
    standards.push_back(event.policy.empty() ? "vdiwatch policy"
                                             : "vdiwatch policy " + event.policy);
  }
  return standards;
}

// Some of a pool's reasons are no rule's: how many of it are known, or fail.
std::string NameOf(const FeedReason& reason) {
  if (!reason.title.empty()) return reason.title;
  if (!reason.rule.empty()) return reason.rule;
  return reason.grade == Grade::kUnknown ? "Coverage of the pool" : "Share of the pool that fails";
}

// A rule's id cannot hold the colon of those that are no rule's.
std::string UidOf(const FeedReason& reason) {
  if (!reason.rule.empty()) return reason.rule;
  return reason.grade == Grade::kUnknown ? "pool:coverage" : "pool:share";
}

Json Compliance(const collector::FeedEvent& event, const policy::PolicySet& in_force,
                const std::vector<FeedReason>& reasons) {
  Json json = {{"standards", Standards(event, in_force)}};
  Put(json, "status", ComplianceStatus(event.to));
  if (reasons.empty()) return json;
  json["control"] = NameOf(reasons[0]);
  json["desc"] = reasons[0].text;
  for (const FeedReason& reason : reasons) {
    Json check = {{"uid", UidOf(reason)}, {"name", NameOf(reason)}, {"desc", reason.text}};
    Put(check, "status", ComplianceStatus(reason.grade));
    json["checks"].push_back(std::move(check));
  }
  return json;
}

Json Resource(const collector::FeedEvent& event) {
  if (event.desktop_id == 0) {
    return {{"uid", "pool:" + event.pool}, {"name", event.pool}, {"type", "VDI pool"}};
  }
  return {{"uid", "desktop:" + collector::IdText(event.desktop_id)},
          {"name", event.host_name},
          {"type", "VDI desktop"},
          {"group", {{"name", event.pool}}}};
}

}  // namespace

std::string OcsfLine(const collector::FeedEvent& event, const policy::PolicySet& in_force) {
  const std::int64_t milliseconds = ToUnix(event.at) * 1000;
  const auto reasons = ReasonsOf(event, in_force);
  const Activity activity = ActivityOf(event);
  const Json resource = Resource(event);
  Json json = {
      {"class_uid", 2003},
      {"class_name", "Compliance Finding"},
      {"category_uid", 2},
      {"category_name", "Findings"},
      {"activity_id", activity.activity.id},
      {"activity_name", activity.activity.caption},
      {"type_uid", 200'300 + activity.activity.id},
      {"type_name", fmt::format("Compliance Finding: {}", activity.activity.caption)},
      {"time", milliseconds},
      {"message", Sentence(event)},
      {"metadata",
       {{"version", "1.5.0"},
        {"uid", event.id},
        {"log_name", "transitions"},
        {"product",
         {{"name", "vdiwatch"}, {"vendor_name", "vdiwatch"}, {"version", VDIWATCH_VERSION}}}}},
      {"finding_info",
       {{"uid", resource["uid"]},
        {"title", fmt::format("Docker Desktop support of {}", resource["name"].get<std::string>())},
        {"types", {event.desktop_id == 0 ? "pool" : "desktop"}},
        {"modified_time", milliseconds}}},
      {"compliance", Compliance(event, in_force, reasons)},
      {"resources", {resource}},
      {"unmapped", {{"from", GradeText(event.from)}, {"to", GradeText(event.to)}}}};
  Put(json, "severity", Severity(event.to));
  Put(json, "status", activity.status);
  if (event.desktop_id != 0) json["unmapped"]["presence"] = ToString(event.presence);
  if (!event.policy.empty()) json["unmapped"]["policy"] = event.policy;
  if (!reasons.empty() && !reasons[0].remediation.empty()) {
    json["remediation"] = {{"desc", reasons[0].remediation}};
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace vdiwatch::server
