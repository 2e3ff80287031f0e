#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vdiwatch::shape {

// One text file of the source tree, with its path from the top ("base/text.cc").
struct SourceFile {
  std::string path;
  std::string text;
};

// Every text file that people keep, sorted by path: without builds, node_modules, pictures and git.
const std::vector<SourceFile>& SourceTree();

// Those of C++ (.h and .cc) below one of the folders; of the whole tree if none is named.
std::vector<SourceFile> CppFiles(const std::vector<std::string>& folders = {});

bool IsUnder(std::string_view path, std::string_view folder);

std::vector<std::string> Lines(std::string_view text);

// C++ text taken apart: the code without comments and literals (their places are blank, so lines
// stay), and the string literals.
struct CppText {
  std::string code;
  std::vector<std::string> strings;
};
CppText TakeApart(std::string_view text);

// The words of a name in lower case: "HttpCheckIn_v2" is http, check, in, v2.
std::vector<std::string> WordsOf(std::string_view name);

}  // namespace vdiwatch::shape
