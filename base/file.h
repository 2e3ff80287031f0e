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
// the new one. A private file can be read by its owner alone (mode 0600; on Windows by SYSTEM and
// the administrators, too). Of a link, what it points to is replaced, but not on Windows, where
// nothing keeps others from planting one; whatever else is no regular file is refused.
enum class FileMode { kPublic, kPrivate };
Result<void> WriteFile(const std::filesystem::path& path, std::string_view bytes, FileMode mode);

// Writes what a person asked to have at `path`: the same, but a device or a pipe is written into.
Result<void> WriteOutput(const std::filesystem::path& path, std::string_view bytes, FileMode mode);

// Hands everything printed so far to the system; an error if any of it was lost. For the end of a
// program, which ends with kOutputLost (sysexits.h EX_IOERR) then.
Result<void> FlushStandardOutput();
inline constexpr int kOutputLost = 74;

}  // namespace vdiwatch
