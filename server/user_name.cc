#include "server/user_name.h"

#include <string>

#include "base/text.h"
#include "policy/typed_name.h"
#include "server/access.h"

namespace vdiwatch::server {
namespace {

constexpr std::size_t kMaxNameBytes = 100;

}  // namespace

Result<void> CheckUserName(std::string_view name) {
  if (auto problem = policy::UnseenProblem("a user's name", name)) {
    return Invalid(*std::move(problem));
  }
  const bool fit = !name.empty() && name.size() <= kMaxNameBytes && IsUtf8(name) &&
                   Trim(name) == name && name.find_first_of("/\\") == std::string_view::npos;
  if (!fit) return Invalid("name must be 1 to 100 characters, without '/' and blanks around it");
  if (IsReservedName(name)) {
    return Invalid("the audit log calls others than users '" + std::string(name) + "'");
  }
  return {};
}

Result<void> CheckLabel(std::string_view what, std::string_view label) {
  const bool fit = !Trim(label).empty() && label.size() <= kMaxNameBytes && IsUtf8(label);
  if (!fit) return Invalid(std::string(what) + " must be 1 to 100 bytes of text");
  if (auto problem = policy::UnseenProblem(what, label)) return Invalid(*std::move(problem));
  return {};
}

}  // namespace vdiwatch::server
