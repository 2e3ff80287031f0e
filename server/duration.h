#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace vdiwatch::server {

// "90s", "15m", "12h", "30d": a positive whole number and one unit; nothing else.
std::optional<Seconds> ParseDuration(std::string_view text);

// The largest unit that divides it: "15m".
std::string FormatDuration(Seconds span);

}  // namespace vdiwatch::server
