#include "base/result_windows.h"

#include <fmt/format.h>
#include <windows.h>

#include <filesystem>

namespace vdiwatch {
namespace {

ErrorKind KindOf(std::uint32_t code) {
  switch (code) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_SERVICE_DOES_NOT_EXIST:
      return ErrorKind::kNotFound;
    case ERROR_ACCESS_DENIED:
    case ERROR_PRIVILEGE_NOT_HELD:
      return ErrorKind::kDenied;
    case ERROR_SERVICE_EXISTS:
    case ERROR_SERVICE_MARKED_FOR_DELETE:
      return ErrorKind::kConflict;
    case ERROR_INVALID_NAME:
      return ErrorKind::kInvalid;
    default:
      return ErrorKind::kUnavailable;
  }
}

// Without the full stop and the line's end that Windows appends.
std::string Words(std::uint32_t code, DWORD language) {
  wchar_t text[512];
  DWORD size = ::FormatMessageW(
      FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK,
      nullptr, code, language, text, std::size(text), nullptr);
  while (size > 0 && (text[size - 1] == L' ' || text[size - 1] == L'.')) --size;
  return std::filesystem::path(std::wstring(text, size)).string();
}

}  // namespace

std::string DescribeWindowsError(std::uint32_t code) {
  std::string words = Words(code, MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US));
  if (words.empty()) words = Words(code, 0);
  return words.empty() ? fmt::format("error {}", code) : fmt::format("{} ({})", words, code);
}

Error WindowsError(std::string what, std::uint32_t code) {
  return {KindOf(code), fmt::format("{}: {}", what, DescribeWindowsError(code))};
}

}  // namespace vdiwatch
