#pragma once

#include <string>
#include <vector>

#include "base/yaml.h"
#include "policy/policy_set.h"

namespace vdiwatch::server {

// What `policy lint` and `policy test` found, as JUnit XML (Jenkins' junit-4.xsd), which the CI
// systems read. Lint: one case for each file, failed if it has mistakes.
std::string LintAsJunit(const std::vector<policy::PolicyFile>& files,
                        const std::vector<Diagnostic>& mistakes);
// One suite for each pack, one case for each test of its rules; the rule is the class.
std::string TestsAsJunit(const policy::PolicySet& set, const std::vector<Diagnostic>& failures);

}  // namespace vdiwatch::server
