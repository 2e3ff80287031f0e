#include "policy/grade.h"

#include <algorithm>
#include <array>
#include <utility>

namespace vdiwatch::policy {
namespace {

constexpr std::pair<Grade, std::string_view> kGrades[] = {
    {Grade::kCompliant, "compliant"}, {Grade::kConditional, "conditional"},
    {Grade::kUnknown, "unknown"},     {Grade::kNoncompliant, "noncompliant"},
    {Grade::kWaived, "waived"},       {Grade::kNotApplicable, "not_applicable"},
};

constexpr std::pair<Severity, std::string_view> kSeverities[] = {
    {Severity::kCritical, "critical"},
    {Severity::kMajor, "major"},
    {Severity::kMinor, "minor"},
    {Severity::kInfo, "info"},
};

template <class T, std::size_t N>
std::string_view NameOf(const std::pair<T, std::string_view> (&names)[N], T value) {
  return std::ranges::find(names, value, &std::pair<T, std::string_view>::first)->second;
}

template <class T, std::size_t N>
std::optional<T> Named(const std::pair<T, std::string_view> (&names)[N], std::string_view text) {
  auto found = std::ranges::find(names, text, &std::pair<T, std::string_view>::second);
  return found == std::end(names) ? std::nullopt : std::optional(found->first);
}

bool IsBesideTheScale(Grade grade) {
  return grade == Grade::kWaived || grade == Grade::kNotApplicable;
}

}  // namespace

std::string_view ToString(Grade grade) { return NameOf(kGrades, grade); }
std::string_view ToString(Severity severity) { return NameOf(kSeverities, severity); }
std::optional<Grade> ParseGrade(std::string_view text) { return Named(kGrades, text); }
std::optional<Severity> ParseSeverity(std::string_view text) { return Named(kSeverities, text); }

Grade Worse(Grade a, Grade b) {
  if (IsBesideTheScale(a) && IsBesideTheScale(b)) return std::min(a, b);
  if (IsBesideTheScale(a)) return b;
  if (IsBesideTheScale(b)) return a;
  return std::max(a, b);
}

}  // namespace vdiwatch::policy
