#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "policy/grade.h"

namespace vdiwatch::server {

// A rule of a stored verdict: what lists and counts ask of it.
struct StoredRule {
  std::string id;
  policy::Grade grade = policy::Grade::kUnknown;
  std::string severity, title, url, remediation, contact, why;
  std::string waiver, excuse;  // the waiver's id and its words, where one excuses it
};

// Noncompliant, unknown or conditional.
bool Fails(policy::Grade grade);

// Reads the rules of a verdict's JSON in their order, the worst first, until `visit` answers false;
// no tree is built, so that the first costs a tenth of all. Nothing behind what is broken.
using VisitRule = std::function<bool(StoredRule&&)>;
void ReadStoredRules(std::string_view verdict, const VisitRule& visit);

}  // namespace vdiwatch::server
