#include "server/cli_choices.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "base/text.h"
#include "collector/store/rows.h"
#include "policy/grade.h"
#include "server/duration.h"
#include "server/role.h"

namespace vdiwatch::server {
namespace {

// The words of an enumeration, from its first value to its last.
template <class T>
CLI::Validator WordsOf(T first, T last) {
  std::vector<std::string> words;
  for (int value = static_cast<int>(first); value <= static_cast<int>(last); ++value) {
    words.emplace_back(ToString(static_cast<T>(value)));
  }
  return CLI::IsMember(std::move(words));
}

template <class Fits>
CLI::Validator Check(const char* what, const char* example, Fits fits) {
  return {[=](const std::string& text) {
            if (fits(text)) return std::string();
            return fmt::format("'{}' is no {}, such as {}", text, what, example);
          },
          ""};
}

bool IsTimeText(const std::string& text) { return ParseTime(text).has_value(); }

}  // namespace

CLI::Validator IsRole() { return WordsOf(Role::kViewer, Role::kAdministrator); }
CLI::Validator IsGrade() {
  return WordsOf(policy::Grade::kCompliant, policy::Grade::kNotApplicable);
}
CLI::Validator IsSeverity() {
  return WordsOf(policy::Severity::kCritical, policy::Severity::kInfo);
}
CLI::Validator IsPresence() {
  return WordsOf(collector::Presence::kLive, collector::Presence::kRetired);
}

CLI::Validator IsSpan() {
  return Check("span of time", "12h or 30d",
               [](const std::string& text) { return ParseDuration(text).has_value(); });
}
CLI::Validator IsTime() { return Check("time", "2026-11-01T00:00:00Z", &IsTimeText); }
CLI::Validator IsDayOrTime() {
  return Check("day or time", "2026-11-01 or 2026-11-01T08:00:00Z", [](const std::string& text) {
    return IsTimeText(text) || IsTimeText(text + "T00:00:00Z");
  });
}
CLI::Validator IsNameValue() {
  return Check("NAME=VALUE", "site=Leeds", [](const std::string& text) {
    const std::size_t equals = text.find('=');
    return equals != std::string::npos && equals > 0;
  });
}
CLI::Validator IsNotNegative() {
  return Check("number from 0 on", "500", [](const std::string& text) {
    const auto number = ParseInteger(text);
    return number && *number >= 0;
  });
}

}  // namespace vdiwatch::server
