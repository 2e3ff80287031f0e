#include "agent/published_verdict.h"

namespace vdiwatch::agent {

std::string PublishedVerdict() { return ""; }

Result<void> RemovePublishedVerdict() { return {}; }

}  // namespace vdiwatch::agent
