#include "agent/service.h"

namespace vdiwatch::agent {

Result<int> RunService(const ConfigChoice& choice) {
  TerminationSignal stop;
  Log log;
  return RunUntil(choice, stop, OwnMachine{}, log);
}

void AddServiceCommand(CLI::App&, Command&) {}

}  // namespace vdiwatch::agent
