#pragma once

#include "base/json.h"
#include "server/cli.h"

namespace vdiwatch::server {

// `desktop show` for people: who it is, each rule with expected, actual, evidence and remediation,
// then its facts.
void PrintDesktop(const Json& desktop, const Terminal& terminal);

}  // namespace vdiwatch::server
