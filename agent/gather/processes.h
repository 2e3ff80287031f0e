#pragma once

#include <string>

#include "agent/evidence.h"

namespace vdiwatch::agent {

// The running programs that the plan names, users numbered in the order in which they were met.
// `proc` is the folder of the kernel's process table.
Reading ReadProcesses(const std::string& proc);

}  // namespace vdiwatch::agent
