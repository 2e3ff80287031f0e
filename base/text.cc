#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

namespace vdiwatch {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// The digits-and-dots part of a version, or nothing if text is no version.
std::optional<std::string_view> VersionNumbers(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && (IsDigit(text[end]) || text[end] == '.')) ++end;
  std::string_view numbers = text.substr(0, end);
  if (end < text.size() && text[end] != '-' && text[end] != '+' && text[end] != ' ') {
    return std::nullopt;
  }
  if (numbers.empty() || numbers.front() == '.' || numbers.back() == '.' ||
      numbers.find("..") != std::string_view::npos) {
    return std::nullopt;
  }
  return numbers;
}

// Compares two runs of digits of any length as numbers.
std::strong_ordering CompareDigits(std::string_view a, std::string_view b) {
  a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
  b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
  if (a.size() != b.size()) return a.size() <=> b.size();
  return a.compare(b) <=> 0;
}

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row.back();
}

// How many bytes follow a UTF-8 lead byte; -1 if it is none.
int Continuations(unsigned char lead) {
  if (lead < 0x80) return 0;
  if (lead >= 0xC2 && lead <= 0xDF) return 1;
  if (lead >= 0xE0 && lead <= 0xEF) return 2;
  if (lead >= 0xF0 && lead <= 0xF4) return 3;
  return -1;
}

// Whether the first continuation byte rules out overlong forms, surrogates and over U+10FFFF.
bool FirstContinuationFits(unsigned char lead, unsigned char next) {
  switch (lead) {
    case 0xE0:
      return next >= 0xA0;
    case 0xED:
      return next <= 0x9F;
    case 0xF0:
      return next >= 0x90;
    case 0xF4:
      return next <= 0x8F;
    default:
      return true;
  }
}

unsigned char ByteAt(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

// A lead byte and the continuation bytes behind it, well formed or not.
std::size_t CharacterAt(std::string_view text, std::size_t at) {
  std::size_t size = 1;
  while (at + size < text.size() && (ByteAt(text, at + size) & 0xC0) == 0x80) ++size;
  return size;
}

// The code point of a control character: C0, DEL or C1, which a terminal obeys.
std::optional<unsigned> ControlOf(std::string_view character) {
  const unsigned lead = ByteAt(character, 0);
  if (lead < 0x20 || lead == 0x7F) return lead;
  if (lead == 0xC2 && character.size() == 2 && ByteAt(character, 1) < 0xA0) {
    return ByteAt(character, 1);
  }
  return std::nullopt;
}

// How many bytes a character takes that nobody sees, that turns a line around or that no XML may
// hold (W3C, XML 1.0 §2.2, Char); 0: another one. Those that join letters (U+200C, U+200D) are
// left: Persian and emoji need them.
std::size_t HiddenAt(std::string_view text) {
  constexpr std::pair<std::string_view, std::string_view> kHidden[] = {
      {"\xC2\xAD", "\xC2\xAD"},           // soft hyphen
      {"\xD8\x9C", "\xD8\x9C"},           // Arabic letter mark
      {"\xE1\xA0\x8E", "\xE1\xA0\x8E"},   // Mongolian vowel separator
      {"\xE2\x80\x8B", "\xE2\x80\x8B"},   // zero width space
      {"\xE2\x80\x8E", "\xE2\x80\x8F"},   // marks of direction
      {"\xE2\x80\xA8", "\xE2\x80\xAE"},   // separators, embeddings and overrides
      {"\xE2\x81\xA0", "\xE2\x81\xAF"},   // joiners, isolates
      {"\xED\xA0\x80", "\xED\xBF\xBF"},   // surrogates
      {"\xEF\xBB\xBF", "\xEF\xBB\xBF"},   // byte order mark
      {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}};  // U+FFFE and U+FFFF
  for (const auto& [first, last] : kHidden) {
    const std::string_view character = text.substr(0, first.size());
    if (first <= character && character <= last) return first.size();
  }
  return 0;
}

bool IsUtf16(std::string_view text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return true;
  return text.size() > 1 && (text[0] == '\0') != (text[1] == '\0');  // without a byte order mark
}

std::string FaultOf(std::string_view character) {
  if (character[0] == '\0') return "a NUL byte: this is no text";
  if (!IsUtf8(character)) {
    return fmt::format("the byte 0x{:02X} is not UTF-8 text; save the file as UTF-8",
                       ByteAt(character, 0));
  }
  const auto control = ControlOf(character);
  const bool allowed = character == "\t" || character == "\n" || character == "\r";
  if (!control || allowed) return {};
  return fmt::format("the control character U+{:04X}; leave it out", *control);
}

}  // namespace

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\f\v";
  auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string Join(std::span<const std::string> parts, std::string_view separator) {
  std::string joined;
  for (const auto& part : parts) {
    if (&part != parts.data()) joined += separator;
    joined += part;
  }
  return joined;
}

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), Lower);
  return lower;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

std::optional<std::int64_t> ParseInteger(std::string_view text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::strong_ordering> CompareVersions(std::string_view a, std::string_view b) {
  auto left = VersionNumbers(a), right = VersionNumbers(b);
  if (!left || !right) return std::nullopt;
  auto x = Split(*left, '.'), y = Split(*right, '.');
  for (std::size_t i = 0; i < std::max(x.size(), y.size()); ++i) {
    auto order = CompareDigits(i < x.size() ? x[i] : "0", i < y.size() ? y[i] : "0");
    if (order != 0) return order;
  }
  return std::strong_ordering::equal;
}

bool IsVersion(std::string_view text) { return VersionNumbers(text).has_value(); }

std::optional<std::string_view> Nearest(std::string_view word,
                                        std::span<const std::string_view> candidates) {
  std::optional<std::string_view> nearest;
  std::size_t best = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (auto candidate : candidates) {
    // No fewer edits than the lengths differ by: most candidates cost nothing.
    auto lengths = std::minmax({word.size(), candidate.size()});
    if (lengths.second - lengths.first >= best) continue;
    auto distance = EditDistance(word, candidate);
    if (distance < best && distance < candidate.size()) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

bool IsUtf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    auto lead = static_cast<unsigned char>(text[i++]);
    int follow = Continuations(lead);
    if (lead == 0 || follow < 0 || i + static_cast<std::size_t>(follow) > text.size()) return false;
    if (follow > 0 && !FirstContinuationFits(lead, static_cast<unsigned char>(text[i]))) {
      return false;
    }
    for (; follow > 0; --follow) {
      if ((static_cast<unsigned char>(text[i++]) & 0xC0) != 0x80) return false;
    }
  }
  return true;
}

std::optional<TextFault> FindTextFault(std::string_view text) {
  if (IsUtf16(text)) return TextFault{1, 1, "the file is UTF-16; save it as UTF-8"};
  int line = 1, column = 1;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = CharacterAt(text, at);
    const unsigned char byte = ByteAt(text, at);
    const bool plain = size == 1 && byte >= 0x20 && byte < 0x7F;
    if (!plain) {
      std::string message = FaultOf(text.substr(at, size));
      if (!message.empty()) return TextFault{line, column, std::move(message)};
    }
    column += static_cast<int>(size);
    if (byte == '\n') {
      ++line;
      column = 1;
    }
    at += size;
  }
  return std::nullopt;
}

std::optional<std::string> FindControl(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = CharacterAt(text, at);
    const auto control = ControlOf(text.substr(at, size));
    if (control && *control != '\t' && *control != '\n') return fmt::format("U+{:04X}", *control);
    at += size;
  }
  return std::nullopt;
}

std::string Printable(std::string_view text, std::size_t max_bytes) {
  bool cut = text.size() > max_bytes;
  if (cut) {
    while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xC0) == 0x80) {
      --max_bytes;
    }
    text = text.substr(0, max_bytes);
  }
  std::string line;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    // A terminal obeys U+0080 to U+009F, too.
    bool c1 = byte == 0xC2 && i + 1 < text.size() &&
              static_cast<unsigned char>(text[i + 1]) >= 0x80 &&
              static_cast<unsigned char>(text[i + 1]) < 0xA0;
    const std::size_t hidden = byte < 0x80 ? 0 : HiddenAt(text.substr(i));
    line += byte < 0x20 || byte == 0x7F || c1 || hidden > 0 ? '?' : text[i];
    i += c1 ? 1 : hidden > 0 ? hidden - 1 : 0;
  }
  return cut ? line + "…" : line;
}

}  // namespace vdiwatch
