#pragma once

#include <filesystem>

#include "base/result.h"

namespace vdiwatch::agent {

// Makes the folder, and those above it that are missing, for secrets. On Windows the system and its
// administrators alone have access, whatever the folder above grants; a folder that is there
// already, or one above it, is refused (denied) if it belongs to anybody else, or is a link.
// (private_folder_*.cc)
Result<void> MakePrivateFolder(const std::filesystem::path& folder);

}  // namespace vdiwatch::agent
