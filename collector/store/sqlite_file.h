#pragma once

#include <filesystem>

#include "base/result.h"

namespace vdiwatch::collector {

// Makes an empty file of mode 0600 unless something is there; SQLite gives its -wal and -shm files
// the same mode. Errors name the file: denied, unavailable.
Result<void> MakePrivateFile(const std::filesystem::path& file);

}  // namespace vdiwatch::collector
