#include "agent/gather/terms_windows.h"

#include <fmt/format.h>
#include <windows.h>

#include "base/text.h"

namespace vdiwatch::agent {
namespace {

// The system's words for an error: in English where it has them, else in its own language.
std::string ErrorText(unsigned long error) {
  constexpr DWORD kHow = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS;
  wchar_t text[512];
  for (DWORD language : {DWORD{MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US)}, DWORD{0}}) {
    DWORD size = ::FormatMessageW(kHow, nullptr, error, language, text, std::size(text), nullptr);
    std::string line(Trim(Utf8(std::wstring_view(text, size))));
    while (line.ends_with('.')) line.pop_back();
    if (!line.empty()) return Printable(line);
  }
  return "error";
}

}  // namespace

std::wstring Wide(std::string_view utf8) {
  const int bytes = static_cast<int>(utf8.size());
  int size = ::MultiByteToWideChar(CP_UTF8, 0, utf8.data(), bytes, nullptr, 0);
  std::wstring wide(static_cast<std::size_t>(size), L'\0');
  ::MultiByteToWideChar(CP_UTF8, 0, utf8.data(), bytes, wide.data(), size);
  return wide;
}

std::string Utf8(std::wstring_view wide) {
  const int units = static_cast<int>(wide.size());
  int size = ::WideCharToMultiByte(CP_UTF8, 0, wide.data(), units, nullptr, 0, nullptr, nullptr);
  std::string utf8(static_cast<std::size_t>(size), '\0');
  ::WideCharToMultiByte(CP_UTF8, 0, wide.data(), units, utf8.data(), size, nullptr, nullptr);
  return utf8;
}

MissingReading MissingBecause(unsigned long error) {
  std::string why = fmt::format("{} ({})", ErrorText(error), error);
  switch (error) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_DIRECTORY:  // a step of the path is a file
    case ERROR_INVALID_DRIVE:
    case ERROR_KEY_DELETED:
    case ERROR_SERVICE_DOES_NOT_EXIST:
      return {Missing::kAbsent, std::move(why)};
    case ERROR_ACCESS_DENIED:
    case ERROR_PRIVILEGE_NOT_HELD:
      return {Missing::kDenied, std::move(why)};
    default:
      return {Missing::kFailed, std::move(why)};
  }
}

MissingReading MissingBecauseOfLastError() { return MissingBecause(::GetLastError()); }

std::int64_t UnixOf(std::uint64_t filetime) {
  constexpr std::int64_t kUnitsPerSecond = 10'000'000, kSecondsTo1970 = 11'644'473'600;
  return static_cast<std::int64_t>(filetime / kUnitsPerSecond) - kSecondsTo1970;
}

OwnedHandle::~OwnedHandle() {
  if (is_open()) ::CloseHandle(handle_);
}

bool OwnedHandle::is_open() const { return handle_ != nullptr && handle_ != INVALID_HANDLE_VALUE; }

}  // namespace vdiwatch::agent
