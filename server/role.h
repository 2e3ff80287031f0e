#pragma once

#include <optional>
#include <string_view>

namespace vdiwatch::server {

// What a person or token may do; each includes those before it.
enum class Role { kViewer, kOperator, kPolicyEditor, kAdministrator };

std::string_view ToString(Role role);
std::optional<Role> ParseRole(std::string_view text);

}  // namespace vdiwatch::server
