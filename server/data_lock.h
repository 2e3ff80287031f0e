#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"

namespace vdiwatch::server {

// Held while a daemon serves from data_dir: a second one would write into the same store, and take
// the first one's ports.json with it. Ends with the process, however that ends.
class DataLock {
 public:
  virtual ~DataLock() = default;
  // Unavailable if another process holds it.
  static Result<std::unique_ptr<DataLock>> Take(const std::filesystem::path& data_dir);
};

}  // namespace vdiwatch::server
