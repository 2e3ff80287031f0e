#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vdiwatch::collector {

// What agents ask for, as their requests are counted; anything else is the last.
inline constexpr std::array<std::string_view, 4> kAgentRequests = {"check-in", "enrol", "renew",
                                                                   "other"};

// What a front has seen since its start, but for the first, which is what there is now.
struct FrontCounters {
  std::uint64_t open_connections = 0;
  std::uint64_t handshakes = 0;         // completed
  std::uint64_t failed_handshakes = 0;  // begun, and given up by either side
  std::uint64_t refused_handshakes = 0;
  std::uint64_t refused_requests = 0;
  std::uint64_t evicted_connections = 0;
  // By kAgentRequests and the hundreds of the answer's status.
  std::array<std::array<std::uint64_t, 6>, kAgentRequests.size()> answers{};
};

}  // namespace vdiwatch::collector
