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

constexpr std::array kSeverities = {"critical", "major", "minor", "info"};

// From behind a '[' to behind its ']', as fnmatch(3) reads it; nothing: it is never closed.
std::optional<std::size_t> BehindBrackets(std::string_view pattern, std::size_t at) {
  if (at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^')) ++at;
  const std::size_t first = at;
  for (; at < pattern.size(); ++at) {
    if (pattern[at] == '\\') {
      ++at;
    } else if (pattern[at] == ']' && at > first) {
      return at + 1;
    }
  }
  return std::nullopt;
}

std::optional<std::string> WhyBadPattern(std::string_view pattern) {
  for (std::size_t at = 0; at < pattern.size();) {
    const char c = pattern[at++];
    if (c == '\\' && at++ == pattern.size()) return "ends with a backslash";
    if (c != '[') continue;
    const auto behind = BehindBrackets(pattern, at);
    if (!behind) return "has a '[' that no ']' closes";
    const std::string_view within = pattern.substr(at, *behind - 1 - at);
    for (std::size_t i = 1; i + 1 < within.size(); ++i) {
      if (within[i] == '-' &&
          static_cast<unsigned char>(within[i - 1]) > static_cast<unsigned char>(within[i + 1])) {
        return fmt::format("has the range {}, which holds nothing", within.substr(i - 1, 3));
      }
    }
    at = *behind;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> WhyMatchesNothing(std::string_view label, const std::string& pattern) {
  if (const auto bad = WhyBadPattern(pattern)) {
    return fmt::format("{}: '{}' {}", Printable(label, 80), Printable(pattern, 100), *bad);
  }
  if (label != "severity" || std::ranges::any_of(kSeverities, [&](const char* severity) {
        return fnmatch(pattern.c_str(), severity, 0) == 0;
      })) {
    return std::nullopt;
  }
  return fmt::format("severity: '{}' matches none of critical, major, minor and info",
                     Printable(pattern, 100));
}

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
    if (const auto why = WhyMatchesNothing(label, pattern.get<std::string>())) {
      return Invalid("matchers: " + *why);
    }
    match.patterns[label] = {pattern.get<std::string>()};
  }
  return match;
}

}  // namespace vdiwatch::server::alert
