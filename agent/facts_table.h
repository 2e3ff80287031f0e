#pragma once

#include <string>

#include "report/fact.h"

namespace vdiwatch::agent {

// The facts as a table for people: what, its value or why there is none, where it was read, in
// words. Lines of at most 80 columns, UTF-8; what does not fit goes on below in its column.
std::string FactsTable(const Facts& facts);

}  // namespace vdiwatch::agent
