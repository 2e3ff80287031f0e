#pragma once

#include "agent/probe/look.h"

namespace vdiwatch::agent {

// Whether something is there that exists only inside a virtual machine, whatever the firmware's
// strings and the processor say: running guest tools, devices, names of ACPI tables. It speaks
// against bare metal, and names no platform. Not known where a place was denied or failed; a place
// that was not gathered does not count. Sources are noted only where something was found.
std::optional<bool> ShowsGuestTraces(Look& look);

}  // namespace vdiwatch::agent
