#include "agent/evidence.h"

namespace vdiwatch::agent {

const Reading& Evidence::At(std::string_view locator) const {
  static const Reading kNotGathered = MissingReading{};
  auto found = items.find(locator);
  return found == items.end() ? kNotGathered : found->second;
}

}  // namespace vdiwatch::agent
