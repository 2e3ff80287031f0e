#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tests/load/bench_seat.h"

namespace vdiwatch::sim {

// How a check-in reaches the server.
enum class Handshake { kFull, kResumed, kKeptAlive };

// What became of the requests, and how long the answered ones took from the first packet on.
struct LoadResult {
  std::int64_t answered = 0;   // 2xx
  std::int64_t resumed = 0;    // of those, over a resumed session
  std::int64_t refused = 0;    // other answers, 503 above all
  std::int64_t broken = 0;     // closed or reset before an answer
  std::int64_t timed_out = 0;  // given up
  double seconds = 0;
  std::vector<double> latencies_ms;

  std::int64_t all() const { return answered + refused + broken + timed_out; }
  double per_second() const { return static_cast<double>(answered) / seconds; }
  double LatencyAt(double share) const;  // 0.99 for p99; 0 if nothing was answered
};

// Every seat asks again as soon as it is answered. One thread, and all of one of its cores.
LoadResult RunClosedLoop(std::span<BenchSeat> seats, std::uint16_t port, Handshake handshake,
                         std::chrono::milliseconds duration);

// `rate` new connections a second, whatever becomes of the earlier ones; a client gives up after
// `patience`.
struct OpenLoad {
  double rate = 0;
  Handshake handshake = Handshake::kFull;
  std::chrono::milliseconds patience{1000};
  std::chrono::milliseconds duration{5000};
};
LoadResult RunOpenLoop(std::span<BenchSeat> seats, std::uint16_t port, const OpenLoad& load);

}  // namespace vdiwatch::sim
