#include <algorithm>

#include "agent/start.h"

namespace vdiwatch::agent {

void StartProgram() {}

std::vector<std::string> ReversedArguments(int argc, char** argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  std::ranges::reverse(arguments);
  return arguments;
}

}  // namespace vdiwatch::agent
