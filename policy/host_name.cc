#include "policy/host_name.h"

#include <algorithm>

#include "base/text.h"

namespace vdiwatch::policy {
namespace {

// Four numbers and dots: an address has no domain to leave out.
bool IsIpv4(std::string_view text) {
  const auto parts = Split(text, '.');
  return parts.size() == 4 && std::ranges::all_of(parts, [](std::string_view part) {
           const auto number = ParseInteger(part);
           return number && *number >= 0 && *number <= 255;
         });
}

}  // namespace

std::string HostNameOf(std::string_view written) {
  written = Trim(written);
  written = written.substr(written.rfind('\\') + 1);  // npos + 1 is 0
  if (IsIpv4(Trim(written))) return std::string(Trim(written));
  return ToLower(Trim(written.substr(0, written.find('.'))));
}

}  // namespace vdiwatch::policy
