#pragma once

#include <optional>
#include <string_view>

namespace vdiwatch::policy {

// Worse to the right up to kNoncompliant; the last two stand beside the scale and count nowhere.
enum class Grade { kCompliant, kConditional, kUnknown, kNoncompliant, kWaived, kNotApplicable };
enum class Severity { kCritical, kMajor, kMinor, kInfo };

std::string_view ToString(Grade grade);
std::string_view ToString(Severity severity);
std::optional<Grade> ParseGrade(std::string_view text);
std::optional<Severity> ParseSeverity(std::string_view text);

// The worse of two grades; waived and not_applicable give way to the other one.
Grade Worse(Grade a, Grade b);

}  // namespace vdiwatch::policy
