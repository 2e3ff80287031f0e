#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "agent/evidence.h"

namespace vdiwatch::agent {

// A regular file's text; over the limit, or not readable, is a missing reading that says why.
// Bytes that are no UTF-8 become '?'.
Reading ReadTextFile(const std::string& path, std::size_t max_bytes);
// Its bytes as they are.
Reading ReadBytesFile(const std::string& path, std::size_t max_bytes);
// Whether something is there: state "present", or why that is not known.
Reading ReadPresence(const std::string& path);
// The same of what a user may have put there, or linked to another place: whatever lies outside
// of the user's `folder` is not opened, so that nobody makes the agent read for them.
Reading ReadTextFileWithin(const std::string& folder, const std::string& path,
                           std::size_t max_bytes);
Reading ReadPresenceWithin(const std::string& folder, const std::string& path);
// The names in a folder, sorted; at most `max_names`.
Reading ReadFolder(const std::string& path, std::size_t max_names);

// What an errno of a failed call means for a reading.
MissingReading MissingBecause(int error);

}  // namespace vdiwatch::agent
