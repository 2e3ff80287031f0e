#pragma once

#include "agent/evidence.h"
#include "report/fact.h"

namespace vdiwatch::agent {

// Evidence -> every fact of the catalogue that an agent can tell (derived ones are the
// collector's). Pure, never fails, compiles on every OS; probes live one per file beside this one.
Facts Interpret(const Evidence& evidence);

}  // namespace vdiwatch::agent
