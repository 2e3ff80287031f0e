#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vdiwatch {

std::string_view Trim(std::string_view text);
std::vector<std::string_view> Split(std::string_view text, char separator);
std::string Join(std::span<const std::string> parts, std::string_view separator);

// ASCII only; other bytes stay as they are.
std::string ToLower(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

// The whole of text as a decimal number, or nothing: no sign but '-', no blanks, no overflow.
std::optional<std::int64_t> ParseInteger(std::string_view text);

// Versions compare number by number: 4.42 < 4.100, 4.42 == 4.42.0. Nothing if text is no version
// (digits and dots, then at most a suffix after '-', '+' or a blank, which does not count).
std::optional<std::strong_ordering> CompareVersions(std::string_view a, std::string_view b);
bool IsVersion(std::string_view text);

// The candidate nearest to word, for "did you mean"; nothing if none is near enough to be meant.
std::optional<std::string_view> Nearest(std::string_view word,
                                        std::span<const std::string_view> candidates);

// Whether text is well-formed UTF-8 without NUL.
bool IsUtf8(std::string_view text);

// What makes bytes unfit as text that people write, and where that stands; both count from 1.
struct TextFault {
  int line = 1;
  int column = 1;
  std::string message;
};
// The first of: UTF-16, a byte that is not UTF-8, a NUL, a control character other than tabs and
// line breaks. One pass.
std::optional<TextFault> FindTextFault(std::string_view text);
// The first control character of UTF-8 text other than tabs and line feeds, as "U+001B".
std::optional<std::string> FindControl(std::string_view text);

// Control characters become '?', and past max_bytes it ends in "…": fit for one line of a log.
std::string Printable(std::string_view text, std::size_t max_bytes = 200);

}  // namespace vdiwatch
