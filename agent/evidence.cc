#include "agent/evidence.h"

#include <algorithm>

namespace vdiwatch::agent {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// "file:/etc/os-release", "path:/opt/docker-desktop"
bool IsPosixPath(std::string_view locator) {
  std::size_t colon = locator.find(':');
  return colon != std::string_view::npos && locator.substr(colon + 1).starts_with('/');
}

}  // namespace

bool LocatorLess::operator()(std::string_view a, std::string_view b) const {
  bool posix = IsPosixPath(a);
  if (posix != IsPosixPath(b)) return posix;
  if (posix) return a < b;
  return std::ranges::lexicographical_compare(a, b, {}, Lower, Lower);
}

const Reading& Evidence::At(std::string_view locator) const {
  static const Reading kNotGathered = MissingReading{};
  auto found = items.find(locator);
  return found == items.end() ? kNotGathered : found->second;
}

}  // namespace vdiwatch::agent
