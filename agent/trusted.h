#pragma once

#include <string>

#include "agent/config.h"
#include "base/result.h"

namespace vdiwatch::agent {

// Whom the configuration trusts, before the collector told of anybody else.
struct Trusted {
  std::string ca_pem;  // empty with pins
  std::string fleet_key;
};
// Reads the CA's file. The error names it.
Result<Trusted> TrustedBy(const AgentConfig& config);

}  // namespace vdiwatch::agent
