#include "server/compliance/csv.h"

#include <algorithm>
#include <array>
#include <span>

namespace vdiwatch::server::compliance {
namespace {

// What a formula may begin with; the last four are the full-width forms of U+FF1D and so on, which
// some input methods and programs turn into the others.
constexpr std::array<std::string_view, 8> kTriggers = {
    "=", "+", "-", "@", "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"};

// What may stand before it in a cell without making it text: blanks, those of U+00A0, U+3000 and
// U+200B to U+200F, byte order marks, and quotes that a splitting program takes away.
constexpr std::array<std::string_view, 10> kSkipped = {" ",
                                                       "\"",
                                                       "\xC2\xA0",
                                                       "\xE3\x80\x80",
                                                       "\xE2\x80\x8B",
                                                       "\xE2\x80\x8C",
                                                       "\xE2\x80\x8D",
                                                       "\xE2\x80\x8E",
                                                       "\xE2\x80\x8F",
                                                       "\xEF\xBB\xBF"};

constexpr std::string_view kCellBreaks = ";\t\r\n";

// How many bytes of the text one of these words takes; 0: it begins with none.
std::size_t Taken(std::string_view text, std::span<const std::string_view> words) {
  const auto found =
      std::ranges::find_if(words, [&](std::string_view word) { return text.starts_with(word); });
  return found == words.end() ? 0 : found->size();
}

bool LooksLikeFormula(std::string_view cell) {
  while (const std::size_t size = Taken(cell, kSkipped)) cell.remove_prefix(size);
  return Taken(cell, kTriggers) > 0;
}

// A tab or line break in front is dropped by some programs, and what follows counts then.
bool NeedsGuardInFront(std::string_view text) {
  return LooksLikeFormula(text) || kCellBreaks.substr(1).find(text[0]) != std::string_view::npos;
}

}  // namespace

std::string CsvField(std::string_view text) {
  if (text.empty()) return "";
  std::string field = NeedsGuardInFront(text) ? "\"'" : "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    field += text[i];
    if (text[i] == '"') field += '"';
    const bool ends_cell = kCellBreaks.find(text[i]) != std::string_view::npos;
    if (ends_cell && LooksLikeFormula(text.substr(i + 1))) field += '\'';
  }
  return field + '"';
}

}  // namespace vdiwatch::server::compliance
