#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "collector/ca.h"
#include "collector/front.h"
#include "collector/rate_limit.h"
#include "collector/store/store.h"
#include "policy/policy_set.h"

namespace vdiwatch::collector {

class TrendStore;

struct CollectorOptions {
  Seconds check_in_every{15 * 60};
  Seconds certificate_lifetime{14 * 24 * 60 * 60};
  // Per enrolment token, wherever it is used from; and per address for tokens that nobody knows.
  RateLimit enrolments{.burst = 20'000, .one_every = std::chrono::milliseconds(5)};
  RateLimit wrong_tokens{.burst = 100, .one_every = std::chrono::seconds(1)};
  Seconds keep_history{400LL * 24 * 60 * 60};  // transitions, events, audit
  std::shared_ptr<TrendStore> trends = {};     // where days are written down; null: nowhere
  Seconds sweep_every{15};  // also the longest that last_seen and a pool's verdict lag behind
};

// Enrolment, check-ins, judgement and sweep over one store: the agents' side of the daemon, without
// the network. Handles from any thread; one thread of its own changes the fleet, in batches.
class Collector : public FrontHandler {
 public:
  // Loads the profiles, judges them under `policy` and starts. The references must outlive it.
  static Result<std::unique_ptr<Collector>> Start(CollectorOptions options,
                                                  std::shared_ptr<Store> store, const Ca& ca,
                                                  policy::PolicySet policy, std::string policy_text,
                                                  const Clock& clock, Log& log);

  // Swaps the policy in and judges every profile and pool under it before it returns.
  virtual Result<void> SetPolicy(policy::PolicySet policy, std::string policy_text) = 0;
  virtual std::shared_ptr<const policy::PolicySet> policy() const = 0;

  // Flushes what is coarse (last_seen), marks stale and retired desktops, settles takeovers and
  // judges pools; the sweep thread calls it, and tests do.
  virtual Result<void> SweepNow() = 0;
};

// A new enrolment token for a pool (made if it is not there); the text is shown once and stored as
// a hash. Errors as the store's.
struct NewToken {
  std::string pool;
  Time expires_at{};
  std::int64_t max_uses = 0;
  std::string cidr;
  std::string note;
};
Result<std::string> CreateEnrolToken(Store& store, const NewToken& token, Time now);

}  // namespace vdiwatch::collector
