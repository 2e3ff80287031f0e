#pragma once

#include <string>

#include "report/fact.h"

namespace vdiwatch::agent {

// The facts as an aligned table for people: what, its value or why there is none, where it was
// read. One fact a line, UTF-8, ends with a newline.
std::string FactsTable(const Facts& facts);

}  // namespace vdiwatch::agent
