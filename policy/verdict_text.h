#pragma once

#include <string>

#include "policy/evaluate.h"

namespace vdiwatch::policy {

// VerdictToJson(verdict, facts).dump(), byte for byte, at a tenth of its cost: what is stored for
// each profile.
std::string VerdictText(const Verdict& verdict, const Facts& facts);

}  // namespace vdiwatch::policy
