#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace vdiwatch::agent {

// A secret as it may lie on this machine's disk, as lines of text. On Windows DPAPI makes it worth
// nothing on any other machine, and `purpose` worth nothing for anything else; elsewhere it stays
// as it is, and the file's mode guards it. (secret_*.cc)
Result<std::string> ProtectSecret(std::string_view secret, std::string_view purpose);

// The text of a file with what was protected in it laid open again. Invalid: it was protected on
// another machine or for another purpose, or is damaged.
Result<std::string> RevealSecret(std::string_view text, std::string_view purpose);

// What stands around the base64 of a protected secret, in the manner of PEM.
inline constexpr std::string_view kProtectedBegin = "-----BEGIN VDIWATCH PROTECTED SECRET-----\n";
inline constexpr std::string_view kProtectedEnd = "-----END VDIWATCH PROTECTED SECRET-----\n";

}  // namespace vdiwatch::agent
