#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace vdiwatch::bench {

// What the kernel accounts to one program that ran to its end, and to the children it waited for.
struct Usage {
  double cpu_ms = 0;  // user and system
  double elapsed_ms = 0;
  int exit_code = 0;          // facter ends with 1 where it may not read something
  std::int64_t peak_kib = 0;  // of the largest process; never below this program's own size
};

// Runs `command` with its output thrown away. Errors: it cannot be started, or a signal
// ends it.
Result<Usage> RunOnce(const std::vector<std::string>& command);

// The median; of an even number of values the higher of the middle ones. Not empty.
double Median(std::vector<double> values);

}  // namespace vdiwatch::bench
