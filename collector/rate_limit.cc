#include "collector/rate_limit.h"

#include <algorithm>

namespace vdiwatch::collector {

Seconds RateLimiter::Take(std::string_view key) {
  const std::lock_guard lock(mutex_);
  const Time now = clock_.Now();
  auto found = buckets_.find(std::string(key));
  if (found == buckets_.end()) {
    order_.push_front({std::string(key), now});
    found = buckets_.emplace(std::string(key), order_.begin()).first;
    if (buckets_.size() > limit_.max_keys) {
      buckets_.erase(order_.back().key);
      order_.pop_back();
    }
  } else {
    order_.splice(order_.begin(), order_, found->second);
  }
  Bucket& bucket = *found->second;
  const auto full_at = std::max<decltype(bucket.full_at)>(bucket.full_at, now) + limit_.one_every;
  const auto over = (full_at - now) - limit_.burst * limit_.one_every;
  if (over.count() > 0) return std::chrono::ceil<Seconds>(over);
  bucket.full_at = full_at;
  return Seconds(0);
}

void RateLimiter::Forget(std::string_view key) {
  const std::lock_guard lock(mutex_);
  const auto found = buckets_.find(std::string(key));
  if (found == buckets_.end()) return;
  order_.erase(found->second);
  buckets_.erase(found);
}

}  // namespace vdiwatch::collector
