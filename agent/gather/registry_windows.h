#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agent/evidence.h"

namespace vdiwatch::agent {

// All of the 64-bit view; over the limit or not readable is a missing reading that says why.

// One place of the registry as a locator names it: `HKLM\key@value`, `HKLM\key#written` (seconds
// since 1970) or `HKLM\key\` (the names of its subkeys); HKLM and HKU alone. A value is recorded as
// it stands: text (REG_SZ, REG_EXPAND_SZ, not expanded), number (REG_DWORD, REG_QWORD), lines
// (REG_MULTI_SZ); any other type has failed.
Reading ReadRegistry(std::string_view place, std::size_t max_bytes);

// The names of a key's subkeys in the order of the registry; at most `max_names`.
Reading ReadSubkeys(std::string_view key, std::size_t max_names);

// The text of a value; empty where it cannot be read.
std::string RegistryText(std::string_view place);

// What the bytes of a value mean as a reading. `type` is one of the registry's numbers.
Reading ReadingOfValue(unsigned long type, std::string_view bytes, std::size_t max_bytes);

}  // namespace vdiwatch::agent
