#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/store/feed_reader.h"
#include "policy/policy_set.h"

namespace vdiwatch::server {

// How the feed of transitions is written for SIEMs; one event becomes one line, without its line
// break. What rules say comes from the policy in force.

// A Compliance Finding (class 2003) of OCSF 1.5.0, https://schema.ocsf.io/1.5.0: JSON.
std::string OcsfLine(const collector::FeedEvent& event, const policy::PolicySet& in_force);

// Common Event Format, version 0 (ArcSight's guide, version 23 of 2016).
std::string CefLine(const collector::FeedEvent& event, const policy::PolicySet& in_force);

// Whether there is, or was, something that a finding can be about: a desktop that comes or goes
// compliant is none.
bool IsFinding(const collector::FeedEvent& event);

// Why, in sentences: a pool's reasons, or the rules that a desktop fails; and how bad it is.
struct FeedReason {
  std::string rule;
  std::string title;
  policy::Grade grade = policy::Grade::kUnknown;
  std::string text;
  std::string remediation;
};
std::vector<FeedReason> ReasonsOf(const collector::FeedEvent& event,
                                  const policy::PolicySet& in_force);
// "Desktop FIN-0012 of pool finance went from compliant to noncompliant"
std::string Sentence(const collector::FeedEvent& event);
// A grade in words; "absent" for none.
std::string_view GradeText(const std::optional<policy::Grade>& grade);

}  // namespace vdiwatch::server
