#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vdiwatch::server {

// How text is shown to a person; on anything but a terminal all of it is plain.
enum class Tint { kPlain, kGood, kWarning, kBad, kFaint, kStrong };
std::string Paint(std::string_view text, Tint tint, bool color);

// The tint of a grade's word.
Tint TintOf(std::string_view grade);

struct Cell {
  std::string text;
  Tint tint = Tint::kPlain;
};

// Columns as wide as their cells. The last one is wrapped so that lines end within `width`; where
// that leaves no room to read, it stands below its row.
struct Table {
  std::vector<std::string> header;  // empty: none
  std::vector<std::vector<Cell>> rows;
};
std::string Render(const Table& table, std::size_t width, bool color);

// Breaks text at blanks into lines of at most `width` characters; a longer word stands alone.
std::vector<std::string> Wrap(std::string_view text, std::size_t width);

// How many characters wide UTF-8 text is, counted in code points.
std::size_t TextWidth(std::string_view text);

}  // namespace vdiwatch::server
