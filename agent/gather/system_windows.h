#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agent/evidence.h"

namespace vdiwatch::agent {

// What Windows' own functions tell, by the names after `api:`.
Reading ReadApi(std::string_view name);

// The firmware's SMBIOS table without serial numbers (GetSystemFirmwareTable, "RSMB").
Reading ReadFirmware(std::size_t max_bytes);

// The structures of what that call returns: its header of 8 bytes is cut off. Failed if what
// follows is not as long as the header says.
Reading StructuresOf(std::string_view raw);

}  // namespace vdiwatch::agent
