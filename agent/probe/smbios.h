#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent/evidence.h"
#include "base/result.h"

namespace vdiwatch::agent {

// The strings of the first structure of types 0 to 3 (later ones are often garbage on real
// hardware) and the OEM strings, under the names of the evidence format: "system.product".
struct SmbiosTable {
  std::map<std::string, std::string, std::less<>> strings;
  std::optional<bool> vm_bit;  // BIOS characteristics extension 2, bit 4
  bool whole = false;          // its end mark was seen
};

// Decodes a raw table: bare structures (Linux), behind an `_SM_`/`_SM3_` entry point (dumps), or
// behind Windows' 8-byte RSMB header. Never reads past the end; a truncated table gives what is
// whole. Source: DMTF DSP0134 3.x §6.1.2, §7.1-§7.4, §7.12.
Result<SmbiosTable> ParseSmbios(std::string_view bytes);

// The same table without anybody's serial numbers: structures of types 0 to 3 and 11 alone, their
// serial numbers blotted out.
std::string WithoutSerials(std::string_view bytes);

// The same evidence, with the strings of `smbios:raw` in place of recorded ones: the raw table
// wins. What a whole table does not hold becomes `absent`; what a broken one does not, and all of
// what cannot be read at all, `failed`. Unchanged if there is no raw table.
Evidence WithDecodedSmbios(Evidence evidence);

}  // namespace vdiwatch::agent
