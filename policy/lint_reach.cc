#include "policy/parse.h"

namespace vdiwatch::policy {

void LintReach(const Rule&, const ParseContext&) {}

}  // namespace vdiwatch::policy
