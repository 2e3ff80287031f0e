#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace vdiwatch::agent {

// The path that UTF-8 text names. On Windows std::filesystem::path takes a std::string for text of
// the C locale, and widens it byte by byte (libstdc++'s fs_path.h).
inline std::filesystem::path PathOf(std::string_view text) {
  return std::filesystem::path(std::u8string(text.begin(), text.end()));
}

}  // namespace vdiwatch::agent
