#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace vdiwatch::agent {

// What the service may take of its desktop. Memory is what is committed; the agent uses a quarter.
struct Budget {
  std::size_t memory_bytes = 64u << 20;
  unsigned cpu_percent = 5;  // of all processors together
};

// Puts this process under the budget, and forbids it child processes, for good: Windows ends or
// slows it, whatever it does. What this Windows does not enforce, a sentence each.
std::vector<std::string> KeepWithin(const Budget& budget);

}  // namespace vdiwatch::agent
