#pragma once

#include <string_view>

namespace vdiwatch::policy {

// The name without the folders before it: "a.yaml".
std::string_view BaseName(std::string_view name);

}  // namespace vdiwatch::policy
