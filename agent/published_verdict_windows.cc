#include <windows.h>

#include "agent/published_verdict.h"
#include "base/result_windows.h"

namespace vdiwatch::agent {
namespace {

constexpr wchar_t kKey[] = L"SOFTWARE\\vdiwatch\\Verdict";

}  // namespace

std::string PublishedVerdict() {
  HKEY key = nullptr;
  LSTATUS error =
      ::RegOpenKeyExW(HKEY_LOCAL_MACHINE, kKey, 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key);
  if (error != ERROR_SUCCESS) return "";
  ::RegCloseKey(key);
  return "HKLM\\SOFTWARE\\vdiwatch\\Verdict";
}

Result<void> RemovePublishedVerdict() {
  // Values alone lie there: no key below it.
  LSTATUS error = ::RegDeleteKeyExW(HKEY_LOCAL_MACHINE, kKey, KEY_WOW64_64KEY, 0);
  if (error == ERROR_SUCCESS || error == ERROR_FILE_NOT_FOUND) return {};
  return WindowsError("cannot remove HKLM\\SOFTWARE\\vdiwatch\\Verdict", static_cast<DWORD>(error));
}

}  // namespace vdiwatch::agent
