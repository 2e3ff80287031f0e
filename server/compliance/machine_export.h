#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vdiwatch::server::compliance {

// What a broker or Intune says there is: the machines of a CSV export.
struct MachineExport {
  std::string column;    // as the header writes it: where the names stand
  std::string encoding;  // "UTF-8", "UTF-16LE", "UTF-16BE", "windows-1252"
  char separator = ',';
  std::int64_t rows = 0;           // without the header
  std::int64_t unnamed = 0;        // rows without a name
  std::int64_t repeated = 0;       // rows whose name an earlier one has
  std::vector<std::string> hosts;  // in the form of policy/host_name.h, sorted, each once
};

inline constexpr std::size_t kMaxExportBytes = 32 << 20;

// Reads RFC 4180 with ',', ';' or tabs (also behind Excel's "sep=;" and PowerShell's "#TYPE …"), in
// UTF-8, UTF-16 with a byte order mark, or else Windows-1252. `column`: the header of the names;
// empty: the first known one. Invalid says what is missing, or what is wrong on which line. Pure.
Result<MachineExport> ReadMachineExport(std::string_view bytes, std::string_view column = "");

}  // namespace vdiwatch::server::compliance
