#pragma once

#include <string>

#include "agent/evidence.h"
#include "report/fact.h"

namespace vdiwatch::agent {

// The facts as a table for people: what, its value or why there is none, and the readings behind
// it in words; under a fact that its readings do not decide, what each of them says. Lines of at
// most 80 columns, UTF-8; what does not fit goes on below in its column.
std::string FactsTable(const Facts& facts, const Evidence& evidence);

}  // namespace vdiwatch::agent
