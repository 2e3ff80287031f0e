#pragma once

#include <cstdint>
#include <optional>

namespace vdiwatch::server {

// What this process uses, as Prometheus' client libraries name it; read from /proc.
struct ProcessUse {
  double cpu_seconds = 0;
  std::int64_t resident_bytes = 0;
  std::int64_t start_time = 0;  // seconds since 1970
  std::int64_t open_files = 0;
  std::int64_t max_files = 0;
};
// Nothing where /proc cannot be read.
std::optional<ProcessUse> ReadProcessUse();

}  // namespace vdiwatch::server
