#pragma once

#include "base/clock.h"

namespace vdiwatch::agent {

// How long to wait after so many failures in a row (at least 1): full jitter over a span that
// doubles from `first` up to `longest`. `random` lies in [0, 1). At least one second.
struct BackOff {
  Seconds first{5};
  Seconds longest{10 * 60};
};
Seconds WaitAfter(const BackOff& policy, int failures, double random);

// Uniform in [0, 1), from the system's generator.
double RandomUnit();

}  // namespace vdiwatch::agent
