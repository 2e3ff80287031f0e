#include "server/alert/match.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace vdiwatch::server::alert {
namespace {

constexpr std::string_view kAttributes = "attributes.";
constexpr std::array<std::string_view, 5> kLabels = {"pool", "cause", "rule", "name", "severity"};
constexpr std::size_t kMostLabels = 20;
constexpr std::size_t kMostPatternBytes = 200;

// The label's value; an attribute that the pool does not have is empty.
std::string ValueOf(const AlertLine& line, std::string_view label) {
  if (label == "pool") return line.pool;
  if (label == "cause") return line.cause;
  if (label == "rule") return line.rule;
  if (label == "name") return line.name;
  if (label == "severity") return line.severity;
  const auto found = line.attributes.find(label.substr(kAttributes.size()));
  return found == line.attributes.end() ? std::string() : found->second;
}

}  // namespace

bool IsLabel(std::string_view label) {
  return std::ranges::find(kLabels, label) != kLabels.end() ||
         (label.starts_with(kAttributes) && label.size() > kAttributes.size());
}

std::string_view LabelsText() { return "pool, cause, rule, name, severity and attributes.KEY"; }

bool Matches(const Match& match, const AlertLine& line) {
  return std::ranges::all_of(match.patterns, [&](const auto& entry) {
    const std::string value = ValueOf(line, entry.first);
    return std::ranges::any_of(entry.second, [&](const std::string& pattern) {
      return fnmatch(pattern.c_str(), value.c_str(), 0) == 0;
    });
  });
}

Result<Match> ParseMatchers(const Json& matchers) {
  if (!matchers.is_object() || matchers.empty()) {
    return Invalid(fmt::format("matchers must name at least one of {}", LabelsText()));
  }
  if (matchers.size() > kMostLabels) return Invalid("matchers has too many labels");
  Match match;
  for (const auto& [label, pattern] : matchers.items()) {
    if (!IsLabel(label)) {
      return Invalid(fmt::format("matchers cannot have '{}'; it knows {}", Printable(label, 80),
                                 LabelsText()));
    }
    if (!pattern.is_string() || pattern.get_ref<const std::string&>().empty() ||
        pattern.get_ref<const std::string&>().size() > kMostPatternBytes) {
      return Invalid(fmt::format("matchers: '{}' must be a text of up to {} bytes",
                                 Printable(label, 80), kMostPatternBytes));
    }
    match.patterns[label] = {pattern.get<std::string>()};
  }
  return match;
}

}  // namespace vdiwatch::server::alert
