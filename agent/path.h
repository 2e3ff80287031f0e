#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace vdiwatch::agent {

// The path that UTF-8 text names. On Windows std::filesystem::path takes a std::string for text of
// the C locale, and widens it byte by byte (libstdc++'s fs_path.h).
inline std::filesystem::path PathOf(std::string_view text) {
  return std::filesystem::path(std::u8string(text.begin(), text.end()));
}

// Why a call of std::filesystem failed; on Windows in English where it has that, and with the
// number.
std::string ReasonOf(const std::error_code& error);

}  // namespace vdiwatch::agent
