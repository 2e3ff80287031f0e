#pragma once

#include "agent/probe/look.h"

namespace vdiwatch::agent {

// What is there although it belongs inside a virtual machine, whatever the firmware's strings and
// the processor say. It names no platform.
enum class GuestTraces {
  kNone,
  kSome,  // running guest tools, virtio devices: not bare metal for certain, but no proof either
  kFirmware,  // the names of its ACPI tables, which no conversion leaves behind
};

// Not known where a place was denied or failed; a place that was not gathered does not count.
// Sources are noted only where something was found.
std::optional<GuestTraces> ReadGuestTraces(Look& look);

}  // namespace vdiwatch::agent
