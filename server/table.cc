#include "server/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace vdiwatch::server {
namespace {

constexpr std::string_view kGap = "  ";
constexpr std::size_t kLeastLastColumn = 40;  // less is no column to read; then it goes below
constexpr std::size_t kBelowIndent = 4;
// A digest with its prefix fits. A wider cell goes over its column in its own row alone: cut, it
// could not be copied into the next command.
constexpr std::size_t kWidestColumn = 72;

std::vector<std::size_t> ColumnWidths(const Table& table) {
  std::vector<std::size_t> widths(table.rows.empty() ? 0 : table.rows[0].size());
  widths.resize(std::max(widths.size(), table.header.size()));
  for (std::size_t i = 0; i < table.header.size(); ++i) widths[i] = TextWidth(table.header[i]);
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::size_t wanted = TextWidth(row[i].text);
      const bool last = i + 1 == widths.size();
      if (last || wanted <= kWidestColumn) widths[i] = std::max(widths[i], wanted);
    }
  }
  return widths;
}

std::string Padded(const Cell& cell, std::size_t width, bool color) {
  const std::size_t own = TextWidth(cell.text);
  return Paint(cell.text, cell.tint, color) + std::string(std::max(width, own) - own, ' ') +
         std::string(kGap);
}

// The last cell's lines, the first behind `line`, the others indented to it.
std::string RenderBeside(std::string line, const Cell& last, std::size_t indent, std::size_t room,
                         bool color) {
  std::string text;
  for (const std::string& part : Wrap(last.text, room)) {
    text += text.empty() ? line : std::string(indent, ' ');
    text += Paint(part, last.tint, color) + "\n";
  }
  if (!text.empty()) return text;
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

// The last cell's lines under `line`.
std::string RenderBelow(std::string line, const Cell& last, std::size_t width, bool color) {
  line.erase(line.find_last_not_of(' ') + 1);
  line += "\n";
  for (const std::string& part : Wrap(last.text, width - kBelowIndent)) {
    line += std::string(kBelowIndent, ' ') + Paint(part, last.tint, color) + "\n";
  }
  return line;
}

std::string RenderRow(const std::vector<Cell>& row, const std::vector<std::size_t>& widths,
                      std::size_t width, bool color) {
  std::string line;
  std::size_t indent = 0;
  for (std::size_t i = 0; i + 1 < row.size(); ++i) {
    line += Padded(row[i], widths[i], color);
    indent += std::max(widths[i], TextWidth(row[i].text)) + kGap.size();
  }
  const bool narrow = indent + std::min(widths.back(), kLeastLastColumn) > width;
  return narrow ? RenderBelow(std::move(line), row.back(), width, color)
                : RenderBeside(std::move(line), row.back(), indent, width - indent, color);
}

}  // namespace

std::string Paint(std::string_view text, Tint tint, bool color) {
  if (!color || tint == Tint::kPlain || text.empty()) return std::string(text);
  constexpr std::string_view kCodes[] = {"0", "32", "33", "1;31", "2", "1"};
  return fmt::format("\x1b[{}m{}\x1b[0m", kCodes[static_cast<std::size_t>(tint)], text);
}

Tint TintOf(std::string_view grade) {
  if (grade == "compliant") return Tint::kGood;
  if (grade == "noncompliant") return Tint::kBad;
  if (grade == "conditional" || grade == "unknown") return Tint::kWarning;
  return Tint::kFaint;
}

std::string Render(const Table& table, std::size_t width, bool color) {
  const auto widths = ColumnWidths(table);
  std::vector<Cell> header;
  for (const std::string& title : table.header) header.push_back({title, Tint::kStrong});
  std::string text = header.empty() ? "" : RenderRow(header, widths, width, color);
  for (const auto& row : table.rows) text += RenderRow(row, widths, width, color);
  return text;
}

std::vector<std::string> Wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::size_t used = 0;
  for (const std::string_view word : Split(text, ' ')) {
    if (word.empty()) continue;
    const std::size_t length = TextWidth(word);
    if (lines.empty() || used + 1 + length > width) {
      lines.emplace_back(word);
      used = length;
    } else {
      lines.back() += ' ';
      lines.back() += word;
      used += 1 + length;
    }
  }
  return lines;
}

std::size_t TextWidth(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace vdiwatch::server
