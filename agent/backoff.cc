#include "agent/backoff.h"

#include <algorithm>
#include <cstring>

#include "base/digest.h"

namespace vdiwatch::agent {

Seconds WaitAfter(const BackOff& policy, int failures, double random) {
  int doublings = std::clamp(failures - 1, 0, 30);
  Seconds span = std::min(policy.longest, policy.first * (std::int64_t{1} << doublings));
  auto wait = Seconds(static_cast<std::int64_t>(static_cast<double>(span.count()) * random));
  return std::max(wait, Seconds(1));
}

double RandomUnit() {
  std::uint64_t bits = 0;
  std::memcpy(&bits, RandomBytes(sizeof bits).data(), sizeof bits);
  return static_cast<double>(bits >> 11) / static_cast<double>(std::uint64_t{1} << 53);
}

}  // namespace vdiwatch::agent
