#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "server/alert/sink.h"

namespace vdiwatch::server::alert {

// Which alerts somebody means: label -> patterns (fnmatch(3): *, ?, […]). All labels must match,
// each by one of its patterns; without labels all alerts do. Labels: pool, cause, rule, name,
// severity, attributes.KEY.
struct Match {
  std::map<std::string, std::vector<std::string>, std::less<>> patterns;
};

// Why a pattern of this label can match no alert: its brackets, or a severity that there is not.
// Nothing if it can. Pure.
std::optional<std::string> WhyMatchesNothing(std::string_view label, const std::string& pattern);

bool IsLabel(std::string_view label);
// "pool, cause, rule, name, severity and attributes.KEY".
std::string_view LabelsText();

// Pure.
bool Matches(const Match& match, const AlertLine& line);

// {label: pattern}, as a silence has them. Errors: invalid, which names the label.
Result<Match> ParseMatchers(const Json& matchers);

}  // namespace vdiwatch::server::alert
