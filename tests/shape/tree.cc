#include "tests/shape/tree.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace vdiwatch::shape {
namespace {

namespace fs = std::filesystem;

bool IsLeftOut(const fs::path& path) {
  static constexpr std::array<std::string_view, 5> kFolders = {".git", "build", "node_modules",
                                                               "dist", ".cache"};
  return std::ranges::find(kFolders, path.filename().string()) != kFolders.end();
}

bool IsText(std::string_view bytes) {
  return bytes.substr(0, 8192).find('\0') == std::string_view::npos;
}

std::string Slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<SourceFile> ReadTree(const fs::path& top) {
  std::vector<SourceFile> files;
  for (auto it = fs::recursive_directory_iterator(top); it != fs::end(it); ++it) {
    if (it->is_directory() && IsLeftOut(it->path())) it.disable_recursion_pending();
    if (!it->is_regular_file() || it->is_symlink() || IsLeftOut(it->path())) continue;
    SourceFile file{fs::relative(it->path(), top).generic_string(), Slurp(it->path())};
    if (IsText(file.text)) files.push_back(std::move(file));
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

// Where the literal that opens at `at` ends (one past), for "…" and '…'.
std::size_t EndOfQuoted(std::string_view text, std::size_t at) {
  const char quote = text[at++];
  while (at < text.size() && text[at] != quote && text[at] != '\n') at += text[at] == '\\' ? 2 : 1;
  return std::min(at + 1, text.size());
}

// The same for R"delimiter(…)delimiter", where `at` is at its quote.
std::size_t EndOfRaw(std::string_view text, std::size_t at) {
  const std::size_t open = text.find('(', at);
  if (open == std::string_view::npos) return text.size();
  const std::string close = ")" + std::string(text.substr(at + 1, open - at - 1)) + "\"";
  const std::size_t end = text.find(close, open);
  return end == std::string_view::npos ? text.size() : end + close.size();
}

std::size_t EndOfComment(std::string_view text, std::size_t at) {
  const bool block = text[at + 1] == '*';
  const std::size_t end = text.find(block ? "*/" : "\n", at + 2);
  if (end == std::string_view::npos) return text.size();
  return block ? end + 2 : end;
}

bool IsWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

void Blank(std::string& code, std::size_t from, std::size_t to) {
  for (; from < to; ++from) {
    if (code[from] != '\n') code[from] = ' ';
  }
}

}  // namespace

const std::vector<SourceFile>& SourceTree() {
  static const std::vector<SourceFile> kTree = ReadTree(VDIWATCH_SOURCE_DIR);
  return kTree;
}

bool IsUnder(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

std::vector<SourceFile> CppFiles(const std::vector<std::string>& folders) {
  std::vector<SourceFile> found;
  for (const SourceFile& file : SourceTree()) {
    if (!file.path.ends_with(".h") && !file.path.ends_with(".cc")) continue;
    const auto holds = [&](const std::string& folder) { return IsUnder(file.path, folder); };
    if (folders.empty() || std::ranges::any_of(folders, holds)) found.push_back(file);
  }
  return found;
}

std::vector<std::string> Lines(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

CppText TakeApart(std::string_view text) {
  CppText apart{std::string(text), {}};
  for (std::size_t at = 0; at < text.size();) {
    const bool comment =
        text[at] == '/' && at + 1 < text.size() && (text[at + 1] == '/' || text[at + 1] == '*');
    const bool digit_separator = text[at] == '\'' && at > 0 && IsWord(text[at - 1]);
    if (!comment && (digit_separator || (text[at] != '"' && text[at] != '\''))) {
      ++at;
      continue;
    }
    const bool raw = text[at] == '"' && at > 0 && text[at - 1] == 'R';
    const std::size_t end = comment ? EndOfComment(text, at)
                            : raw   ? EndOfRaw(text, at)
                                    : EndOfQuoted(text, at);
    if (text[at] == '"') apart.strings.emplace_back(text.substr(at, end - at));
    Blank(apart.code, at, end);
    at = end;
  }
  return apart;
}

std::vector<std::string> WordsOf(std::string_view name) {
  std::vector<std::string> words;
  bool start = true;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    if (!std::isalnum(c)) {
      start = true;
      continue;
    }
    const bool after_lower = i > 0 && std::islower(static_cast<unsigned char>(name[i - 1]));
    const bool before_lower =
        i + 1 < name.size() && std::islower(static_cast<unsigned char>(name[i + 1]));
    const bool after_upper = i > 0 && std::isupper(static_cast<unsigned char>(name[i - 1]));
    if (start || (std::isupper(c) && (after_lower || (after_upper && before_lower)))) {
      words.emplace_back();
    }
    words.back().push_back(static_cast<char>(std::tolower(c)));
    start = false;
  }
  return words;
}

}  // namespace vdiwatch::shape
