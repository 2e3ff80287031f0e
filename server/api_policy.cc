#include <fmt/format.h>

#include "base/text.h"
#include "server/api_json.h"
#include "server/handlers.h"
#include "server/waiver_tally.h"

namespace vdiwatch::server {
namespace {

constexpr std::int64_t kMostSets = 1000;

Json SetJson(const collector::StoredPolicySet& set, const PolicyStatus& status) {
  return {{"digest", set.digest},
          {"first_in_force", FormatTime(set.at)},
          {"in_force", set.digest == status.set->digest}};
}

// The one set whose digest begins so, with "sha256:" or without.
Result<std::string> WholeDigest(collector::FleetReader& fleet, const std::string& given) {
  const std::string start = given.starts_with("sha256:") ? given : "sha256:" + given;
  ASSIGN_OR_RETURN(const auto sets, fleet.PolicySets(kMostSets));
  std::vector<std::string> found;
  for (const collector::StoredPolicySet& set : sets) {
    if (set.digest.starts_with(start)) found.push_back(set.digest);
  }
  if (found.empty()) return start;  // or it is older than those
  if (found.size() == 1) return found[0];
  return Invalid(fmt::format("'{}' begins {} policy sets; give more of the digest",
                             Printable(given, 80), found.size()));
}

}  // namespace

Result<HttpResponse> ListPolicySets(const Services& services, const Call&) {
  const PolicyStatus status = services.policy();
  ASSIGN_OR_RETURN(const auto sets, services.fleet.PolicySets(kMostSets));
  Json json = Json::array();
  for (const collector::StoredPolicySet& set : sets) json.push_back(SetJson(set, status));
  return JsonResponse({{"policy_sets", std::move(json)}});
}

Result<HttpResponse> ShowPolicySet(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(const std::string digest, WholeDigest(services.fleet, call.parameter));
  auto set = services.fleet.PolicySetByDigest(digest);
  if (!set) {
    const bool unknown = set.error().kind == ErrorKind::kNotFound ||
                         set.error().kind == ErrorKind::kInvalid;  // no digest at all
    if (!unknown) return set.error();
    return NotFound("There is no policy set '" + Printable(call.parameter, 80) + "'.");
  }
  Json json = SetJson(*set, services.policy());
  json["files"] = StoredJson(set->files);
  json["built_in_pack"] = services.built_in_pack;  // whether a plan puts it beside the files given
  return JsonResponse(json);
}

Result<HttpResponse> ListWaivers(const Services& services, const Call& call) {
  const auto set = services.policy().set;
  ASSIGN_OR_RETURN(const auto profiles, services.verdicts->Profiles());
  ASSIGN_OR_RETURN(const auto pools, services.store.Pools());
  const WaiverUse use = VisibleWaiverUse(profiles, pools, *call.principal);
  const Time now = services.clock.Now();
  return JsonResponse({{"waivers", VisibleWaiversJson(*set, use, now, *call.principal)}});
}

}  // namespace vdiwatch::server
