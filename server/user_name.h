#pragma once

#include <string_view>

#include "base/result.h"

namespace vdiwatch::server {

// Invalid: nobody may be called so. Of names that people type; those of a provider are as it says.
Result<void> CheckUserName(std::string_view name);

// Invalid: no name for a key, a schedule and so on, which people tell apart by it.
Result<void> CheckLabel(std::string_view what, std::string_view label);

}  // namespace vdiwatch::server
