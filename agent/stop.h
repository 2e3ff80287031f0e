#pragma once

#include <string>

#include "base/clock.h"

namespace vdiwatch::agent {

// Waiting for time to pass or for the order to stop, whichever comes first.
class StopSignal {
 public:
  virtual ~StopSignal() = default;
  // True once the order to stop was given.
  virtual bool WaitFor(Seconds span) = 0;
};

// SIGTERM and SIGINT: blocked for the whole process while this lives. Make it before any thread.
class TerminationSignal : public StopSignal {
 public:
  TerminationSignal();
  bool WaitFor(Seconds span) override;
};

// Whether the machine itself is going down, and not this service alone. May miss it: an agent that
// says no goodbye is called stale later, one that says it wrongly would be called off at once.
bool MachineGoesDown(const std::string& root = "/");

// Tells systemd how the service is doing, where NOTIFY_SOCKET asks for it: "READY=1".
void NotifyService(const std::string& state);

}  // namespace vdiwatch::agent
