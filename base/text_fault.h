#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/yaml.h"

namespace vdiwatch {

// What makes bytes unfit as text that people write, and where that stands.
struct TextFault {
  Mark mark;
  std::string message;
};

// The first of: UTF-16, a byte that is not UTF-8, a NUL, a control character other than tabs and
// line breaks. One pass.
std::optional<TextFault> FindTextFault(std::string_view text);

// The first control character in text other than tabs and line feeds, as "U+001B"; nothing if it
// has none. The text is UTF-8.
std::optional<std::string> FindControl(std::string_view text);

}  // namespace vdiwatch
