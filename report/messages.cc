#include "report/messages.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/text.h"
#include "report/fact_set.h"

namespace vdiwatch {
namespace {

constexpr std::size_t kMaxPemBytes = 8 << 10;
constexpr std::size_t kMaxReadings = 256;
constexpr std::size_t kMaxReadingBytes = 512;
constexpr std::size_t kMaxNeeds = 8;
constexpr std::size_t kMaxRules = 256;
// Of a whole message; what the limits above, of facts and of claims allow is a third of it.
constexpr std::size_t kMaxValues = 16'384;

Json Base() { return {{"protocol", kProtocolVersion}}; }

// A message's object, once its protocol version was looked at.
Result<Json> Open(std::string_view body, std::string_view what, std::size_t max_bytes) {
  ASSIGN_OR_RETURN(
      Json json,
      ParseJson(body, what, {.max_bytes = max_bytes, .max_depth = 8, .max_values = kMaxValues}));
  auto version = JsonMember<std::int64_t>(json, "protocol");
  if (!version) return Invalid(fmt::format("{}: {}", what, version.error().message));
  if (*version != kProtocolVersion) {
    return Invalid(
        fmt::format("{}: protocol {} is not spoken here, {} is", what, *version, kProtocolVersion));
  }
  return json;
}

Result<Time> TimeMember(const Json& json, std::string_view key) {
  ASSIGN_OR_RETURN(std::string text, JsonMember<std::string>(json, key, 40));
  auto time = ParseTime(text);
  if (!time) return Invalid(fmt::format("'{}': {}", key, time.error().message));
  return time;
}

Result<std::string> DigestMember(const Json& json, std::string_view key) {
  ASSIGN_OR_RETURN(std::string text, JsonMemberOr<std::string>(json, key, "", 80));
  if (!text.empty() && !ParseDigestText(text)) {
    return Invalid(fmt::format("'{}' is no digest such as sha256:…", key));
  }
  return text;
}

Result<Facts> FactsMember(const Json& json, const char* key, FactClass expected) {
  auto member = json.find(key);
  if (member == json.end() || member->is_null()) return Facts{};
  auto facts = FactsFromJson(*member);
  if (!facts) return Invalid(fmt::format("'{}': {}", key, facts.error().message));
  for (const auto& [name, fact] : *facts) {
    const FactSpec* spec = FindFact(name);
    if (spec && spec->fact_class != expected) {
      return Invalid(
          fmt::format("'{}': fact '{}' is of class {}", key, name, ToString(spec->fact_class)));
    }
  }
  return facts;
}

Result<Canary> CanaryMember(const Json& json) {
  auto member = json.find("canary");
  if (member == json.end()) return Invalid("'canary' is missing");
  Canary canary;
  ASSIGN_OR_RETURN(canary.id, JsonMember<std::string>(*member, "id", 64));
  ASSIGN_OR_RETURN(canary.created_at, TimeMember(*member, "created_at"));
  ASSIGN_OR_RETURN(canary.boots, JsonMember<std::int64_t>(*member, "boots"));
  if (canary.boots < 1) return Invalid("'boots' must be at least 1");
  return canary;
}

Result<void> ReadBlobs(const Json& json, CheckInRequest& request) {
  if (auto facts = json.find("facts"); facts != json.end() && !facts->is_null()) {
    ASSIGN_OR_RETURN(request.facts, FactsMember(json, "facts", FactClass::kConfiguration));
  }
  if (auto readings = json.find("readings"); readings != json.end() && !readings->is_null()) {
    RETURN_IF_ERROR(CheckReadings(*readings));
    request.readings = *readings;
  }
  return {};
}

Result<CheckInRequest> CheckInFromJson(const Json& json) {
  CheckInRequest request;
  ASSIGN_OR_RETURN(request.agent_version, JsonMember<std::string>(json, "agent_version", 64));
  ASSIGN_OR_RETURN(request.os, JsonMember<std::string>(json, "os", 16));
  ASSIGN_OR_RETURN(request.boot_id, JsonMember<std::string>(json, "boot_id", 64));
  if (request.boot_id.empty()) return Invalid("'boot_id' is empty");
  ASSIGN_OR_RETURN(request.sequence, JsonMember<std::int64_t>(json, "sequence"));
  if (request.sequence < 1) return Invalid("'sequence' must be at least 1");
  ASSIGN_OR_RETURN(request.sent_at, TimeMember(json, "sent_at"));
  ASSIGN_OR_RETURN(request.late, JsonMemberOr<bool>(json, "late", false));
  ASSIGN_OR_RETURN(request.goodbye, JsonMemberOr<bool>(json, "goodbye", false));
  ASSIGN_OR_RETURN(request.canary, CanaryMember(json));
  auto claims = json.find("claims");
  if (claims == json.end()) return Invalid("'claims' is missing");
  ASSIGN_OR_RETURN(request.claims, ClaimsFromJson(*claims));
  ASSIGN_OR_RETURN(request.facts_digest, DigestMember(json, "facts_digest"));
  if (request.facts_digest.empty()) return Invalid("'facts_digest' is missing");
  ASSIGN_OR_RETURN(request.readings_digest, DigestMember(json, "readings_digest"));
  ASSIGN_OR_RETURN(request.state, FactsMember(json, "state", FactClass::kState));
  ASSIGN_OR_RETURN(request.per_desktop, FactsMember(json, "per_desktop", FactClass::kPerDesktop));
  ASSIGN_OR_RETURN(request.lost_changes, JsonMemberOr<std::int64_t>(json, "lost_changes", 0));
  ASSIGN_OR_RETURN(request.verdict, JsonMemberOr<std::string>(json, "verdict", "", 64));
  RETURN_IF_ERROR(ReadBlobs(json, request));
  return request;
}

Result<std::vector<RuleSummary>> RulesMember(const Json& json) {
  std::vector<RuleSummary> rules;
  auto member = json.find("rules");
  if (member == json.end()) return rules;
  if (!member->is_array() || member->size() > kMaxRules) return Invalid("'rules' must be a list");
  for (const auto& entry : *member) {
    RuleSummary rule;
    ASSIGN_OR_RETURN(rule.rule, JsonMember<std::string>(entry, "rule", 128));
    ASSIGN_OR_RETURN(rule.grade, JsonMember<std::string>(entry, "grade", 32));
    ASSIGN_OR_RETURN(rule.why, JsonMember<std::string>(entry, "why", 4096));
    rules.push_back(std::move(rule));
  }
  return rules;
}

Result<std::vector<std::string>> PassedMember(const Json& json) {
  std::vector<std::string> passed;
  auto member = json.find("passed");
  if (member == json.end()) return passed;
  if (!member->is_array() || member->size() > kMaxRules) return Invalid("'passed' must be a list");
  for (const auto& id : *member) {
    if (!id.is_string()) return Invalid("'passed' must hold the ids of rules");
    passed.push_back(id);
  }
  return passed;
}

Result<CheckInResponse> ResponseFromJson(const Json& json) {
  CheckInResponse response;
  ASSIGN_OR_RETURN(response.next_in_s, JsonMember<std::int64_t>(json, "next_in_s"));
  if (response.next_in_s < 0) return Invalid("'next_in_s' is negative");
  if (auto need = json.find("need"); need != json.end()) {
    if (!need->is_array() || need->size() > kMaxNeeds) return Invalid("'need' must be a list");
    for (const auto& entry : *need) {
      if (entry.is_string()) response.need.push_back(entry);
    }
  }
  ASSIGN_OR_RETURN(response.desktop, JsonMemberOr<std::string>(json, "desktop", ""));
  ASSIGN_OR_RETURN(response.pool, JsonMemberOr<std::string>(json, "pool", ""));
  ASSIGN_OR_RETURN(response.grade, JsonMemberOr<std::string>(json, "grade", ""));
  ASSIGN_OR_RETURN(response.rules, RulesMember(json));
  ASSIGN_OR_RETURN(response.passed, PassedMember(json));
  ASSIGN_OR_RETURN(response.verdict, JsonMemberOr<std::string>(json, "verdict", "", 64));
  ASSIGN_OR_RETURN(response.sequence, JsonMemberOr<std::int64_t>(json, "sequence", 0));
  if (response.sequence < 0) return Invalid("'sequence' is negative");
  ASSIGN_OR_RETURN(response.server_time, TimeMember(json, "server_time"));
  return response;
}

// Names the message in whatever its members complain about.
template <class T>
Result<T> Named(std::string_view what, Result<T> result) {
  if (result) return result;
  return Error{result.error().kind, fmt::format("{}: {}", what, result.error().message)};
}

}  // namespace

Json ToJson(const EnrolRequest& request) {
  Json json = Base();
  json["csr"] = request.csr;
  json["claims"] = ClaimsToJson(request.claims);
  json["boot_id"] = request.boot_id;
  if (!request.replaces.empty()) json["replaces"] = request.replaces;
  return json;
}

Json ToJson(const EnrolResponse& response) {
  Json json = Base();
  json["certificate"] = response.certificate;
  json["ca"] = response.ca;
  json["pool"] = response.pool;
  return json;
}

Json ToJson(const RenewRequest& request) {
  Json json = Base();
  json["csr"] = request.csr;
  return json;
}

Json ToJson(const CheckInRequest& request) {
  Json json = Base();
  json["agent_version"] = request.agent_version;
  json["os"] = request.os;
  json["boot_id"] = request.boot_id;
  json["sequence"] = request.sequence;
  json["sent_at"] = FormatTime(request.sent_at);
  if (request.late) json["late"] = true;
  if (request.goodbye) json["goodbye"] = true;
  json["canary"] = {{"id", request.canary.id},
                    {"created_at", FormatTime(request.canary.created_at)},
                    {"boots", request.canary.boots}};
  json["claims"] = ClaimsToJson(request.claims);
  json["facts_digest"] = request.facts_digest;
  json["state"] = FactsToJson(request.state, Sources::kLeaveOut);
  json["per_desktop"] = FactsToJson(request.per_desktop, Sources::kLeaveOut);
  if (!request.readings_digest.empty()) json["readings_digest"] = request.readings_digest;
  if (request.facts) json["facts"] = FactsToJson(*request.facts, Sources::kLeaveOut);
  if (request.readings) json["readings"] = *request.readings;
  if (request.lost_changes > 0) json["lost_changes"] = request.lost_changes;
  if (!request.verdict.empty()) json["verdict"] = request.verdict;
  return json;
}

Json ToJson(const CheckInResponse& response) {
  Json json = Base();
  json["next_in_s"] = response.next_in_s;
  if (!response.need.empty()) json["need"] = response.need;
  json["desktop"] = response.desktop;
  json["pool"] = response.pool;
  if (!response.grade.empty()) json["grade"] = response.grade;
  for (const auto& rule : response.rules) {
    json["rules"].push_back({{"rule", rule.rule}, {"grade", rule.grade}, {"why", rule.why}});
  }
  if (!response.passed.empty()) json["passed"] = response.passed;
  if (!response.verdict.empty()) json["verdict"] = response.verdict;
  if (response.sequence > 0) json["sequence"] = response.sequence;
  json["server_time"] = FormatTime(response.server_time);
  return json;
}

Result<EnrolRequest> ParseEnrolRequest(std::string_view body) {
  ASSIGN_OR_RETURN(Json json, Open(body, "enrolment", kMaxEnrolBytes));
  return Named("enrolment", [&]() -> Result<EnrolRequest> {
    EnrolRequest request;
    ASSIGN_OR_RETURN(request.csr, JsonMember<std::string>(json, "csr", kMaxPemBytes));
    auto claims = json.find("claims");
    if (claims == json.end()) return Invalid("'claims' is missing");
    ASSIGN_OR_RETURN(request.claims, ClaimsFromJson(*claims));
    ASSIGN_OR_RETURN(request.boot_id, JsonMember<std::string>(json, "boot_id", 64));
    ASSIGN_OR_RETURN(request.replaces, JsonMemberOr<std::string>(json, "replaces", "", 64));
    bool digest = request.replaces.empty() || request.replaces.size() == 64;
    if (!digest || !Unhex(request.replaces)) {
      return Invalid("'replaces' is no SHA-256 of a key in hexadecimal digits");
    }
    return request;
  }());
}

Result<EnrolResponse> ParseEnrolResponse(std::string_view body) {
  ASSIGN_OR_RETURN(Json json, Open(body, "enrolment answer", 64 << 10));
  return Named("enrolment answer", [&]() -> Result<EnrolResponse> {
    EnrolResponse response;
    ASSIGN_OR_RETURN(response.certificate,
                     JsonMember<std::string>(json, "certificate", kMaxPemBytes));
    ASSIGN_OR_RETURN(response.ca, JsonMember<std::string>(json, "ca", kMaxPemBytes));
    ASSIGN_OR_RETURN(response.pool, JsonMember<std::string>(json, "pool"));
    return response;
  }());
}

Result<RenewRequest> ParseRenewRequest(std::string_view body) {
  ASSIGN_OR_RETURN(Json json, Open(body, "renewal", kMaxEnrolBytes));
  auto csr = JsonMember<std::string>(json, "csr", kMaxPemBytes);
  if (!csr) return Invalid(fmt::format("renewal: {}", csr.error().message));
  return RenewRequest{*csr};
}

Result<CheckInRequest> ParseCheckInRequest(std::string_view body) {
  ASSIGN_OR_RETURN(Json json, Open(body, "check-in", kMaxCheckInBytes));
  return Named("check-in", CheckInFromJson(json));
}

Result<CheckInResponse> ParseCheckInResponse(std::string_view body) {
  ASSIGN_OR_RETURN(Json json, Open(body, "check-in answer", 1 << 20));
  return Named("check-in answer", ResponseFromJson(json));
}

Result<void> CheckReadings(const Json& readings) {
  if (!readings.is_object() || readings.size() > kMaxReadings) {
    return Invalid(fmt::format("'readings' must be an object of at most {} entries", kMaxReadings));
  }
  for (const auto& [locator, text] : readings.items()) {
    if (locator.size() > kMaxReadingBytes || !text.is_string() ||
        text.get_ref<const std::string&>().size() > kMaxReadingBytes) {
      return Invalid(fmt::format("reading '{}' must be text of at most {} bytes",
                                 Printable(locator, 80), kMaxReadingBytes));
    }
  }
  return {};
}

}  // namespace vdiwatch
