#pragma once

#include <cstdint>

#include "base/result.h"

namespace vdiwatch::collector {

// How the database itself is. Any thread may call.
class StoreProbe {
 public:
  virtual ~StoreProbe() = default;

  // Writes something, durably; what is stored stays as it is. Errors say why that cannot be.
  virtual Result<void> CheckWritable() = 0;
  virtual Result<std::int64_t> SizeBytes() = 0;
};

}  // namespace vdiwatch::collector
