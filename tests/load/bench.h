#pragma once

#include <sys/types.h>

#include <string>

#include "tests/load/sim_desktop.h"

namespace vdiwatch::sim {

struct BenchServer {
  std::uint16_t port = 0;  // of loopback; 0: there is none
  pid_t pid = 0;           // whose CPU time and memory count
};

struct BenchOptions {
  FleetSite site;
  std::string token;
  BenchServer ours;
  BenchServer beside;  // answers everything over the same mutual TLS: nginx
  int rounds = 3;
  int seats = 16;
  int idle = 1000;  // connections whose memory is measured; 0: not measured
  int hostile = 0;  // connections of the attack; 0: none
  bool overload = false;
  std::chrono::milliseconds span{4000};  // of one measurement
};

// Measures the agents' listener, and the server beside it in turns, and prints one row for each
// measurement and the medians: docs/benchmarks.md says what they mean. Blocks for minutes.
Result<void> RunBench(const BenchOptions& options, const Clock& clock);

}  // namespace vdiwatch::sim
