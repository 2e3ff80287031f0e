#include "collector/profile.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/json.h"
#include "policy/persistence.h"
#include "policy/waive.h"
#include "report/fact_set.h"

namespace vdiwatch::collector {

Facts DerivedFacts(const Desktop& desktop, const Facts& configuration, const Fact& pool_pattern) {
  Facts derived;
  policy::PersistenceSignals signals{.declared = FactOf(configuration, "persistence.declared"),
                                     .observed = policy::ObservedPersistence(desktop.boots),
                                     .pool_pattern = pool_pattern};
  derived["persistence.verdict"] = policy::PersistenceVerdict(signals);
  derived["persistence.basis"] = policy::PersistenceBasis(signals);
  // Where there is proof, the prior says nothing more, and would only split profiles.
  if (!signals.observed.value()) derived["persistence.pool_pattern"] = pool_pattern;
  derived["persistence.observed"] = std::move(signals.observed);
  derived["docker_desktop.installed_before_nested_virtualization"] =
      policy::InstalledBeforeNested(desktop.install_order, configuration);
  derived["identity.duplicate"] = Known(FactValue(desktop.duplicate));
  return derived;
}

Profile MakeProfile(std::int64_t pool_id, std::string_view facts_digest, const Facts& state,
                    const Facts& derived, std::vector<std::string> waivers) {
  Profile profile;
  profile.pool_id = pool_id;
  profile.facts_digest = facts_digest;
  profile.state = CanonicalJson(FactsToJson(state, Sources::kLeaveOut));
  profile.derived = CanonicalJson(FactsToJson(derived, Sources::kLeaveOut));
  return WithWaivers(std::move(profile), std::move(waivers));
}

Profile WithWaivers(Profile profile, std::vector<std::string> waivers) {
  std::string text = fmt::format("{}\n{}\n{}\n{}", profile.pool_id, profile.facts_digest,
                                 profile.state, profile.derived);
  if (!waivers.empty()) text += "\n" + CanonicalJson(Json(waivers));
  profile.waivers = std::move(waivers);
  profile.digest = Sha256(text);
  return profile;
}

policy::Verdict JudgeProfileFacts(const policy::PolicySet& policy, const Profile& profile,
                                  std::string_view pool, const Facts& facts, Time at) {
  const policy::PoolSpec& spec = policy.PoolNamed(pool);
  policy::PoolAttributes attributes = spec.attributes;
  attributes["docker"] = ToString(spec.docker);
  policy::Verdict verdict = policy::Evaluate(policy, facts, attributes, at);
  const auto waivers = policy::WaiversFor(policy, pool, profile.waivers);
  if (!waivers.empty()) policy::Waive(waivers, at, verdict);
  return verdict;
}

Result<Facts> ProfileFacts(const Profile& profile, std::string_view fact_set) {
  Facts facts;
  for (std::string_view part :
       {fact_set, std::string_view(profile.state), std::string_view(profile.derived)}) {
    ASSIGN_OR_RETURN(Json json, ParseJson(part, "stored facts"));
    ASSIGN_OR_RETURN(Facts read, FactsFromJson(json));
    facts.merge(read);
  }
  return facts;
}

}  // namespace vdiwatch::collector
