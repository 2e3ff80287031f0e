#pragma once

#include <functional>
#include <span>
#include <string>

#include "agent/evidence.h"
#include "agent/gather/users_windows.h"

namespace vdiwatch::agent {

// One running process; who owns it is asked only of those that the plan names.
struct RunningProcess {
  std::string name;
  std::uint32_t pid = 0;
  std::int64_t session = -1;
};
using OwnerOf = std::function<std::string(const RunningProcess&)>;  // a SID; empty if not known

// The planned ones among the running processes, owners by their number among the users.
ProcessesReading PlannedAmong(std::span<const RunningProcess> running, const OwnerOf& owner_of,
                              Users& users);

// The same of this machine.
Reading ReadProcesses(Users& users);

// The sessions and their states, nobody's name.
Reading ReadSessions();

}  // namespace vdiwatch::agent
