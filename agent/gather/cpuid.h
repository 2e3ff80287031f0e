#pragma once

#include "agent/evidence.h"

namespace vdiwatch::agent {

// The planned CPUID leaves of this processor, hypervisor leaves only where its bit is set;
// `absent` where the processor has no such leaf, or no CPUID at all.
void GatherCpuid(Evidence& evidence);

}  // namespace vdiwatch::agent
