#include "policy/membership.h"

#include "base/text.h"

namespace vdiwatch::policy {
namespace {

constexpr std::size_t kLongestName = 128;

// The name that the broker's agent tells, if it is fit for a pool.
std::string BrokerPool(const Facts& facts) {
  const FactValue* value = FactOf(facts, "vdi.pool").value();
  const auto* text = value ? std::get_if<std::string>(value) : nullptr;
  if (!text) return {};
  std::string name(Trim(*text));
  return name.size() <= kLongestName && Printable(name) == name ? name : std::string();
}

}  // namespace

std::string PoolFor(const PolicySet& set, const Applicant& applicant) {
  bool may_stay = false;
  for (const PoolSpec& pool : set.pools) {
    if (!pool.match) continue;
    Truth matches = Test(*pool.match, applicant.facts, applicant.claims);
    if (matches == Truth::kTrue) return pool.name;
    may_stay |= matches == Truth::kUnknown && pool.name == applicant.now;
  }
  if (may_stay) return std::string(applicant.now);
  if (applicant.home != kUnassignedPool) return std::string(applicant.home);
  std::string told = BrokerPool(applicant.facts);
  return told.empty() ? std::string(applicant.now) : told;
}

}  // namespace vdiwatch::policy
