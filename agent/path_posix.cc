#include "agent/path.h"

namespace vdiwatch::agent {

std::string ReasonOf(const std::error_code& error) { return error.message(); }

}  // namespace vdiwatch::agent
