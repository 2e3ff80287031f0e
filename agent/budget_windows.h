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
// slows it, whatever it does. It also comes behind whatever a user runs, and takes the efficient
// cores (EcoQoS). What this Windows does not enforce, a sentence each.
std::vector<std::string> KeepWithin(const Budget& budget);

// Hands back the memory that an idle process does not need; what it touches again comes back by
// itself.
void GiveMemoryBack();

}  // namespace vdiwatch::agent
