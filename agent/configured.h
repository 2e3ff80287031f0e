#pragma once

#include "agent/config.h"
#include "agent/evidence.h"

namespace vdiwatch::agent {

// What the administrator's settings say about this desktop, as readings beside the machine's own:
// `config:pool` and `config:vdi_mode`.
void AddSettings(const AgentConfig& config, Evidence& evidence);
// The same where the settings cannot be had, and why.
void AddMissingSettings(const Error& why, Evidence& evidence);

}  // namespace vdiwatch::agent
