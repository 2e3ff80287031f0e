#include "policy/typed_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vdiwatch::policy {
namespace {

// Cc, Cf, Zl and Zp of Unicode 15.1, DerivedGeneralCategory.txt
// (https://www.unicode.org/Public/15.1.0/ucd/extracted/); from and to, in order.
constexpr std::pair<char32_t, char32_t> kUnseen[] = {
    {0x0, 0x1F},        {0x7F, 0x9F},       {0xAD, 0xAD},       {0x600, 0x605},
    {0x61C, 0x61C},     {0x6DD, 0x6DD},     {0x70F, 0x70F},     {0x890, 0x891},
    {0x8E2, 0x8E2},     {0x180E, 0x180E},   {0x200B, 0x200F},   {0x2028, 0x202E},
    {0x2060, 0x2064},   {0x2066, 0x206F},   {0xFEFF, 0xFEFF},   {0xFFF9, 0xFFFB},
    {0x110BD, 0x110BD}, {0x110CD, 0x110CD}, {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3},
    {0x1D173, 0x1D17A}, {0xE0001, 0xE0001}, {0xE0020, 0xE007F}};

// Takes the first code point of well-formed UTF-8 away; of other text, a byte.
char32_t Take(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  std::size_t size = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  size = std::min(size, text.size());
  char32_t point = size == 1 ? lead : lead & (0xFF >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) point = point << 6 | (byte(i) & 0x3F);
  text.remove_prefix(size);
  return point;
}

bool IsUnseen(char32_t point) {
  return std::ranges::any_of(
      kUnseen, [&](const auto& range) { return range.first <= point && point <= range.second; });
}

}  // namespace

std::optional<std::string> FindUnseen(std::string_view name) {
  while (!name.empty()) {
    const char32_t point = Take(name);
    if (IsUnseen(point)) return fmt::format("U+{:04X}", static_cast<unsigned>(point));
  }
  return std::nullopt;
}

std::optional<std::string> UnseenProblem(std::string_view whose, std::string_view name) {
  const auto unseen = FindUnseen(name);
  if (!unseen) return std::nullopt;
  return fmt::format("{} must not hold the invisible character {}", whose, *unseen);
}

}  // namespace vdiwatch::policy
