#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agent/evidence.h"

namespace vdiwatch::agent {

// Files are opened step by step, and no step may be a link (symbolic link, junction, mount point):
// ordinary users can put one into C:\, ProgramData and their own folders, and a link to another
// computer would make the agent sign in there. Nor does the agent wait for whoever holds an
// opportunistic lock.

// A file's text; UTF-16 with a byte order mark is converted, other bytes that are no UTF-8 become
// '?'. Over the limit, or not readable, is a missing reading that says why. `path` is absolute.
Reading ReadTextFile(std::wstring_view path, std::size_t max_bytes);
// Whether something is there: state "present", or why that is not known.
Reading ReadPresence(std::wstring_view path);
// When the file was last written, in seconds since 1970.
Reading ReadWritten(std::wstring_view path);

// The same below a user's folder. That folder itself may be a link, since it is the system that
// makes it (profile containers do).
Reading ReadTextFileWithin(const std::wstring& folder, std::wstring_view path,
                           std::size_t max_bytes);
Reading ReadPresenceWithin(const std::wstring& folder, std::wstring_view path);

// Whether what has these attributes and this tag is a link that stands for another place.
bool LeadsElsewhere(unsigned long attributes, unsigned long reparse_tag);

// The text of a file's bytes, as above.
std::string TextOfFile(std::string_view bytes);

}  // namespace vdiwatch::agent
