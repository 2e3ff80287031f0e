#include "collector/store/columns.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "report/fact_set.h"

namespace vdiwatch::collector {

using policy::Grade;

static_assert(ToColumn(Grade::kCompliant) == 0 && ToColumn(Grade::kConditional) == 1 &&
              ToColumn(Grade::kUnknown) == 2 && ToColumn(Grade::kNoncompliant) == 3 &&
              ToColumn(Grade::kWaived) == 4 && ToColumn(Grade::kNotApplicable) == 5);
static_assert(ToColumn(Presence::kLive) == 0 && ToColumn(Presence::kOff) == 1 &&
              ToColumn(Presence::kStale) == 2 && ToColumn(Presence::kRetired) == 3);
static_assert(ToColumn(IncarnationState::kLive) == 0 &&
              ToColumn(IncarnationState::kProvisional) == 1 &&
              ToColumn(IncarnationState::kSuperseded) == 2 &&
              ToColumn(IncarnationState::kCloned) == 3 &&
              ToColumn(IncarnationState::kRevoked) == 4 &&
              ToColumn(IncarnationState::kChallenged) == 5);

Grade GradeOfColumn(std::int64_t number) {
  bool known = number >= 0 && number <= ToColumn(Grade::kNotApplicable);
  return known ? static_cast<Grade>(number) : Grade::kUnknown;
}

Presence PresenceOfColumn(std::int64_t number) {
  bool known = number >= 0 && number <= ToColumn(Presence::kRetired);
  return known ? static_cast<Presence>(number) : Presence::kStale;
}

IncarnationState IncarnationStateOfColumn(std::int64_t number) {
  bool known = number >= 0 && number <= ToColumn(IncarnationState::kChallenged);
  return known ? static_cast<IncarnationState>(number) : IncarnationState::kRevoked;
}

Result<std::string> RawDigest(std::string_view text) {
  if (text.empty()) return std::string();
  auto raw = ParseDigestText(text);
  if (!raw) return Invalid(fmt::format("'{}' is no sha256 digest", Printable(text, 80)));
  return std::move(*raw);
}

std::string DigestOfRaw(std::string_view raw) {
  return raw.empty() ? std::string() : "sha256:" + Hex(raw);
}

std::string FactsToColumn(const Facts& facts) {
  return facts.empty() ? std::string() : CanonicalJson(FactsToJson(facts, Sources::kLeaveOut));
}

std::string ClaimsToColumn(const Claims& claims) {
  return claims == Claims() ? std::string() : CanonicalJson(ClaimsToJson(claims));
}

std::string WaiversToColumn(const std::vector<std::string>& ids) {
  return ids.empty() ? std::string() : CanonicalJson(Json(ids));
}

std::optional<Time> PendingOfPool(const Pending& pending) {
  auto own = pending.find("");
  return own == pending.end() ? std::nullopt : std::optional(own->second);
}

std::string PendingToColumn(const Pending& pending) {
  Json json = Json::object();
  for (const auto& [rule, since] : pending) {
    if (!rule.empty()) json[rule] = ToUnix(since);
  }
  return json.empty() ? std::string() : CanonicalJson(json);
}

Pending PendingOfColumns(const std::optional<Time>& of_pool, std::string_view of_rules) {
  Pending pending;
  if (of_pool) pending.emplace("", *of_pool);
  if (of_rules.empty()) return pending;
  auto json = ParseJson(of_rules, "stored waits");
  if (!json || !json->is_object()) return pending;
  for (const auto& [rule, since] : json->items()) {
    if (since.is_number_integer()) pending.emplace(rule, FromUnix(since.get<std::int64_t>()));
  }
  return pending;
}

Facts FactsOfColumn(std::string_view text) {
  if (text.empty()) return {};
  auto json = ParseJson(text, "stored facts");
  auto facts = json ? FactsFromJson(*json) : Result<Facts>(std::move(json).error());
  return facts ? std::move(facts).value() : Facts();
}

Result<Claims> ClaimsOfColumn(std::string_view text) {
  if (text.empty()) return Claims();
  ASSIGN_OR_RETURN(Json json, ParseJson(text, "stored claims"));
  return ClaimsFromJson(json);
}

std::vector<std::string> WaiversOfColumn(std::string_view text) {
  std::vector<std::string> ids;
  if (text.empty()) return ids;
  auto json = ParseJson(text, "stored waivers");
  if (!json || !json->is_array()) return ids;
  for (const Json& id : *json) {
    if (id.is_string()) ids.push_back(id.get<std::string>());
  }
  return ids;
}

}  // namespace vdiwatch::collector
