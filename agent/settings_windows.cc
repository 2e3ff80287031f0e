#include <fmt/format.h>
#include <windows.h>

#include "agent/gather/terms_windows.h"
#include "agent/settings.h"
#include "base/file.h"
#include "base/result_windows.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

namespace fs = std::filesystem;

constexpr const wchar_t* kPolicyKey = L"SOFTWARE\\Policies\\vdiwatch\\Agent";
constexpr const wchar_t* kInstallationKey = L"SOFTWARE\\vdiwatch\\Agent";
constexpr const wchar_t* kToken = L"token";
constexpr DWORD kMaxValueBytes = 8192;  // UTF-16; longer than any setting

std::string KeyName(const wchar_t* path) { return "HKLM\\" + Utf8(path); }

std::string Reason(LSTATUS error) { return DescribeWindowsError(static_cast<DWORD>(error)); }

// A key of the 64-bit view, open as long as this lives.
class Key {
 public:
  Key(const wchar_t* path, REGSAM rights)
      : error_(RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, rights | KEY_WOW64_64KEY, &key_)) {}
  ~Key() {
    if (error_ == ERROR_SUCCESS) RegCloseKey(key_);
  }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;

  LSTATUS error() const { return error_; }
  HKEY get() const { return key_; }

 private:
  HKEY key_ = nullptr;
  LSTATUS error_;
};

const char* TypeName(DWORD type) {
  switch (type) {
    case REG_DWORD:
      return "REG_DWORD";
    case REG_QWORD:
      return "REG_QWORD";
    case REG_MULTI_SZ:
      return "REG_MULTI_SZ";
    case REG_EXPAND_SZ:
      return "REG_EXPAND_SZ";
    case REG_BINARY:
      return "REG_BINARY";
    default:
      return "another type";
  }
}

NamedValue ReadValue(HKEY key, const std::wstring& name) {
  NamedValue value{.name = Utf8(name), .text = "", .problem = ""};
  std::wstring text(kMaxValueBytes / sizeof(wchar_t), L'\0');
  DWORD type = 0, size = kMaxValueBytes;
  LSTATUS error = RegQueryValueExW(key, name.c_str(), nullptr, &type,
                                   reinterpret_cast<BYTE*>(text.data()), &size);
  if (error != ERROR_SUCCESS && error != ERROR_MORE_DATA) {
    value.problem = "cannot be read: " + Reason(error);
  } else if (type != REG_SZ) {
    value.problem = fmt::format("must be REG_SZ, not {}", TypeName(type));
  } else if (error == ERROR_MORE_DATA) {
    value.problem = fmt::format("is over {} characters long", kMaxValueBytes / sizeof(wchar_t));
  } else {
    text.resize(size / sizeof(wchar_t));
    value.text = Utf8(text.substr(0, text.find(L'\0')));
  }
  return value;
}

std::vector<NamedValue> ReadValues(HKEY key) {
  std::vector<NamedValue> values;
  std::wstring name(16384, L'\0');  // the longest that the registry takes, and its end
  for (DWORD i = 0;; ++i) {
    DWORD size = static_cast<DWORD>(name.size());
    LSTATUS error = RegEnumValueW(key, i, name.data(), &size, nullptr, nullptr, nullptr, nullptr);
    if (error != ERROR_SUCCESS) return values;
    if (size > 0) values.push_back(ReadValue(key, name.substr(0, size)));
  }
}

fs::path ProgramFolder() {
  std::wstring file(32768, L'\0');
  DWORD size = GetModuleFileNameW(nullptr, file.data(), static_cast<DWORD>(file.size()));
  return fs::path(file.substr(0, size)).parent_path();
}

SettingsLayer LayerOfKey(const char* name, const wchar_t* path) {
  Key key(path, KEY_READ);
  std::vector<NamedValue> values;
  if (key.error() == ERROR_SUCCESS) values = ReadValues(key.get());
  SettingsLayer layer = LayerOfValues(name, KeyName(path), ProgramFolder(), values);
  if (key.error() != ERROR_SUCCESS && key.error() != ERROR_FILE_NOT_FOUND) {
    layer.mistakes.push_back(
        fmt::format("{}: cannot be read: {}", layer.place, Reason(key.error())));
  }
  return layer;
}

}  // namespace

std::vector<SettingsLayer> LayersOfSystem() {
  return {LayerOfKey("policy", kPolicyKey), LayerOfKey("installation", kInstallationKey)};
}

fs::path DefaultConfigFile() { return ProgramFolder() / "agent.yaml"; }

// The machine's own word on where ProgramData is: a user may set the environment's otherwise.
fs::path DefaultStateDir() {
  wchar_t folder[MAX_PATH] = L"";
  DWORD size = sizeof folder;
  LSTATUS error = RegGetValueW(
      HKEY_LOCAL_MACHINE, L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList",
      L"ProgramData", RRF_RT_REG_SZ | RRF_SUBKEY_WOW6464KEY, nullptr, folder, &size);
  fs::path root = error == ERROR_SUCCESS && folder[0] != L'\0' ? folder : L"C:\\ProgramData";
  return root / "vdiwatch" / "agent";
}

std::string_view DefaultProxy() { return "system"; }

Result<void> TakeInstalledToken(const fs::path& file) {
  std::string place = KeyName(kInstallationKey) + "@" + Utf8(kToken);
  Key key(kInstallationKey, KEY_READ | KEY_SET_VALUE);
  if (key.error() == ERROR_FILE_NOT_FOUND) return {};
  if (key.error() != ERROR_SUCCESS) {
    return Unavailable(
        fmt::format("{} cannot be taken out of the registry: {}", place, Reason(key.error())));
  }
  NamedValue token = ReadValue(key.get(), kToken);
  if (!token.problem.empty() || Trim(token.text).empty()) return {};  // none, or told elsewhere
  RETURN_IF_ERROR(WriteFile(file, std::string(Trim(token.text)) + "\n", FileMode::kPrivate));
  LSTATUS error = RegDeleteValueW(key.get(), kToken);
  if (error == ERROR_SUCCESS) return {};
  return Unavailable(
      fmt::format("{} cannot be taken out of the registry: {}", place, Reason(error)));
}

}  // namespace vdiwatch::agent
