#include "server/role.h"

#include <array>

namespace vdiwatch::server {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"viewer", "operator", "policy_editor",
                                                    "administrator"};

}  // namespace

std::string_view ToString(Role role) { return kNames[static_cast<std::size_t>(role)]; }

std::optional<Role> ParseRole(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == text) return static_cast<Role>(i);
  }
  return std::nullopt;
}

}  // namespace vdiwatch::server
