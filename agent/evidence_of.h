#pragma once

#include <string>

#include "agent/evidence.h"
#include "base/result.h"

namespace vdiwatch::agent {

// This machine's evidence, with what its administrator says of it; or that of a recording. Apart
// from the other commands, so that a program that only asks this links no way to a collector.
Result<Evidence> EvidenceOf(const std::string& file);  // empty: this machine

}  // namespace vdiwatch::agent
