#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace vdiwatch::collector {

struct RateLimit {
  int burst = 5;                                // attempts at once
  std::chrono::milliseconds one_every{60'000};  // and then one each
  std::size_t max_keys = 10'000;                // remembered; the longest unused goes first
};

// A token bucket per key. Any thread may call.
class RateLimiter {
 public:
  RateLimiter(RateLimit limit, const Clock& clock) : limit_(limit), clock_(clock) {}

  // Takes one attempt and answers 0, or takes none and answers how long to wait for one, rounded
  // up.
  Seconds Take(std::string_view key);
  // Gives the key its whole burst back.
  void Forget(std::string_view key);

 private:
  struct Bucket {
    std::string key;
    // When every attempt is back: a bucket is that one point in time.
    std::chrono::sys_time<std::chrono::milliseconds> full_at{};
  };
  using Order = std::list<Bucket>;  // the most recently used first

  const RateLimit limit_;
  const Clock& clock_;
  std::mutex mutex_;
  Order order_;
  std::unordered_map<std::string, Order::iterator> buckets_;
};

}  // namespace vdiwatch::collector
