#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vdiwatch {

// The whole file; an error that names it if it is not there, not readable or over max_bytes.
Result<std::string> ReadFile(const std::filesystem::path& path, std::size_t max_bytes);

// Replaces the file in one step (temporary file, fsync, rename), so that a crash leaves the old or
// the new one. A private file can be read by its owner alone (mode 0600).
enum class FileMode { kPublic, kPrivate };
Result<void> WriteFile(const std::filesystem::path& path, std::string_view bytes, FileMode mode);

}  // namespace vdiwatch
