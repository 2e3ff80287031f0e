#pragma once

#include <string>

#include "agent/config.h"
#include "agent/run.h"
#include "base/result.h"

namespace vdiwatch::agent {

// What `vdiwatch-agent` does, a function a command (DESIGN §4); output goes to stdout. Each returns
// the exit code of a command that did its work, or the error to print.
Result<int> RecordEvidence(const std::string& out);                  // empty: stdout
Result<int> ShowFacts(const std::string& evidence_file, bool json);  // empty: this machine
Result<int> ShowPlan();
Result<int> ShowStatus(const ConfigChoice& choice, bool json);
// Until `stop` says so; RunService (service.h) is what a person runs.
Result<int> RunUntil(const ConfigChoice& choice, StopSignal& stop, OwnMachine machine, Log& log);
Result<int> CheckInOnce(const ConfigChoice& choice);
Result<int> ResetIdentity(const ConfigChoice& choice);
Result<int> Forget(const ConfigChoice& choice);
Result<int> Seal(const ConfigChoice& choice, bool check_only);
Result<int> PrintConfig(const ConfigChoice& choice);
// Whether the agent can start with it, and enrol; prints nothing if so. `early`: no token is asked
// for, and a file that is not there yet is none that is wrong.
Result<int> CheckConfig(const ConfigChoice& choice, bool early);

}  // namespace vdiwatch::agent
