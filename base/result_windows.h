#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace vdiwatch {

// The system's words for a code of GetLastError() and its number, in English where Windows has
// that: "Access is denied (5)".
std::string DescribeWindowsError(std::uint32_t code);

// "what: Access is denied (5)", of the kind that fits the code.
Error WindowsError(std::string what, std::uint32_t code);

}  // namespace vdiwatch
