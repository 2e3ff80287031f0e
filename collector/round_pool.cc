// Which pool a desktop is in: where its rule, its token or its broker puts it.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "collector/round.h"
#include "policy/membership.h"

namespace vdiwatch::collector {
namespace {

// Agents name these pools; a broken one must not fill the store with them.
constexpr std::size_t kMostPools = 10'000;

policy::PoolAttributes ClaimAttributes(const Claims& claims) {
  policy::PoolAttributes attributes;
  auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) attributes[name] = value;
  };
  add("host_name", claims.host_name);
  add("domain", claims.domain);
  add("entra_tenant", claims.entra_tenant);
  add("broker_machine", claims.broker_machine);
  add("image_id", claims.image_id);
  return attributes;
}

}  // namespace

// The pool of the token that an incarnation enrolled with; empty if nobody knows it any more.
Result<std::string> Round::HomeOf(std::int64_t token_id) {
  auto known = memory_.homes.find(token_id);
  if (known != memory_.homes.end()) return known->second;
  ASSIGN_OR_RETURN(const auto tokens, store_.EnrolTokens());
  ASSIGN_OR_RETURN(const auto pools, store_.Pools());
  for (const auto& token : tokens) {
    auto pool = std::ranges::find(pools, token.pool_id, &Pool::id);
    if (pool != pools.end()) memory_.homes[token.id] = pool->name;
  }
  return memory_.homes[token_id];
}

// Moves the desktop to the pool that it belongs to by now. An incarnation whose takeover is not
// settled moves nothing: it may be another machine.
Result<void> Round::GivePool(const CheckInRequest& request, CheckedIn& result) {
  Desktop& desktop = result.desktop;
  if (result.incarnation.state != IncarnationState::kLive) return {};
  ASSIGN_OR_RETURN(const std::string home, HomeOf(result.incarnation.token_id));
  ASSIGN_OR_RETURN(const std::string now, judge_.PoolName(desktop.pool_id));
  if (home.empty()) return {};
  const policy::PolicySet& set = judge_.policy();
  std::string target = home;
  if (set.MatchesPools() || home == policy::kUnassignedPool) {
    Facts facts;
    if (request.facts) {
      facts = *request.facts;
    } else {
      ASSIGN_OR_RETURN(facts, FactSetOf(request.facts_digest));
    }
    for (const Facts& more : {desktop.state, desktop.per_desktop}) {
      facts.insert(more.begin(), more.end());
    }
    target = policy::PoolFor(set, {facts, ClaimAttributes(desktop.claims), home, now});
  }
  if (target == now) return {};
  ASSIGN_OR_RETURN(const auto pools, store_.Pools());
  if (pools.size() >= kMostPools && std::ranges::find(pools, target, &Pool::name) == pools.end()) {
    log_.Error("there are {} pools; '{}' is not made", pools.size(), Printable(target));
    return {};
  }
  ASSIGN_OR_RETURN(const Pool pool, store_.EnsurePool(target));
  memory_.dirty_pools.insert(desktop.pool_id);
  desktop.pool_id = pool.id;
  result.changed = true;
  result.events.push_back(
      {desktop.id, changes_.at, "pool_changed", fmt::format("from {} to {}", now, target)});
  return {};
}

// The candidates as they look from the token's pool: a desktop that enrolled there and was moved by
// a rule or its broker is at home in it still.
std::vector<Candidate> Round::AtHome(const EnrolToken& token, std::vector<Candidate> candidates) {
  auto home = HomeOf(token.id);
  for (auto& candidate : candidates) {
    if (!home || candidate.desktop.pool_id == token.pool_id) continue;
    bool from_here = std::ranges::any_of(candidate.incarnations, [&](const Incarnation& other) {
      auto other_home = HomeOf(other.token_id);
      return other_home && !other_home->empty() && *other_home == *home;
    });
    if (from_here) candidate.desktop.pool_id = token.pool_id;
  }
  return candidates;
}

}  // namespace vdiwatch::collector
