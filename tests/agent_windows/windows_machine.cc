#include "tests/agent_windows/windows_machine.h"

#include <windows.h>
// After windows.h, which it does not include itself.
#include <sddl.h>

#include <filesystem>
#include <fstream>

#include "agent/gather/terms_windows.h"

namespace vdiwatch::agent {
namespace {

namespace fs = std::filesystem;

constexpr DWORD kPatienceMs = 10'000;

std::pair<HKEY, std::wstring> Place(const std::string& key) {
  const std::size_t slash = key.find('\\');
  HKEY hive = key.substr(0, slash) == "HKU" ? HKEY_USERS : HKEY_LOCAL_MACHINE;
  return {hive, Wide(key.substr(slash + 1))};
}

bool IsWine() {
  return ::GetProcAddress(::GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != nullptr;
}

void AwaitState(SC_HANDLE service, DWORD state) {
  SERVICE_STATUS status{};
  const ULONGLONG end = ::GetTickCount64() + kPatienceMs;
  while (::QueryServiceStatus(service, &status) && status.dwCurrentState != state) {
    ASSERT_LT(::GetTickCount64(), end) << "the service stays in state " << status.dwCurrentState;
    ::Sleep(20);
  }
}

}  // namespace

void WindowsMachine::SetUp() { ASSERT_TRUE(IsWine()) << "changes HKLM: for Wine alone"; }

void WindowsMachine::TearDown() {
  for (const Program& program : programs_) {
    ::TerminateProcess(program.process, 0);
    ::WaitForSingleObject(program.process, kPatienceMs);
    ::CloseHandle(program.process);
    ::CloseHandle(program.input);
  }
  SC_HANDLE manager = ::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_ALL_ACCESS);
  for (const std::wstring& name : services_) {
    SC_HANDLE service = ::OpenServiceW(manager, name.c_str(), SERVICE_ALL_ACCESS);
    SERVICE_STATUS status{};
    if (::ControlService(service, SERVICE_CONTROL_STOP, &status)) {
      AwaitState(service, SERVICE_STOPPED);
    }
    ::DeleteService(service);
    ::CloseServiceHandle(service);
  }
  ::CloseServiceHandle(manager);
  for (const std::string& key : keys_) {
    auto [hive, path] = Place(key);
    ::RegDeleteTreeW(hive, path.c_str());
  }
  for (const std::wstring& file : files_) fs::remove(file);
  for (const std::wstring& folder : folders_) fs::remove_all(folder);
}

void WindowsMachine::SetBytes(const std::string& key, const std::string& value, unsigned long type,
                              std::string_view bytes, View view) {
  auto [hive, path] = Place(key);
  HKEY open = nullptr;
  const REGSAM access = KEY_SET_VALUE | (view == View::k64 ? KEY_WOW64_64KEY : KEY_WOW64_32KEY);
  ASSERT_EQ(::RegCreateKeyExW(hive, path.c_str(), 0, nullptr, 0, access, nullptr, &open, nullptr),
            ERROR_SUCCESS)
      << key;
  EXPECT_EQ(::RegSetValueExW(open, Wide(value).c_str(), 0, type,
                             reinterpret_cast<const BYTE*>(bytes.data()),
                             static_cast<DWORD>(bytes.size())),
            ERROR_SUCCESS)
      << key << "@" << value;
  ::RegCloseKey(open);
  constexpr std::string_view kSoftware = "HKLM\\SOFTWARE\\";
  keys_.push_back(
      view == View::k64 ? key : "HKLM\\SOFTWARE\\WOW6432Node\\" + key.substr(kSoftware.size()));
}

void WindowsMachine::SetText(const std::string& key, const std::string& value,
                             const std::string& text, View view) {
  const std::wstring wide = Wide(text);
  SetBytes(key, value, REG_SZ,
           {reinterpret_cast<const char*>(wide.c_str()), (wide.size() + 1) * sizeof(wchar_t)},
           view);
}

void WindowsMachine::SetNumber(const std::string& key, const std::string& value,
                               std::uint32_t number) {
  SetBytes(key, value, REG_DWORD, {reinterpret_cast<const char*>(&number), sizeof number});
}

void WindowsMachine::AddKey(const std::string& key) {
  auto [hive, path] = Place(key);
  HKEY open = nullptr;
  ASSERT_EQ(::RegCreateKeyExW(hive, path.c_str(), 0, nullptr, 0, KEY_WOW64_64KEY | KEY_READ,
                              nullptr, &open, nullptr),
            ERROR_SUCCESS)
      << key;
  ::RegCloseKey(open);
  keys_.push_back(key);
}

// Wine's spooler starts under any name, and does nothing.
void WindowsMachine::AddService(const std::string& name, bool runs, unsigned long start) {
  SC_HANDLE manager = ::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_ALL_ACCESS);
  SC_HANDLE service = ::CreateServiceW(manager, Wide(name).c_str(), nullptr, SERVICE_ALL_ACCESS,
                                       SERVICE_WIN32_OWN_PROCESS, start, SERVICE_ERROR_NORMAL,
                                       L"C:\\windows\\system32\\spoolsv.exe", nullptr, nullptr,
                                       nullptr, nullptr, nullptr);
  ASSERT_NE(service, nullptr) << name << ": error " << ::GetLastError();
  services_.push_back(Wide(name));
  if (runs) {
    EXPECT_TRUE(::StartServiceW(service, 0, nullptr)) << name << ": error " << ::GetLastError();
    AwaitState(service, SERVICE_RUNNING);
  }
  ::CloseServiceHandle(service);
  ::CloseServiceHandle(manager);
}

void WindowsMachine::AddProfile(const std::string& sid, const std::string& folder) {
  const std::string list = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList\\";
  SetText(list + sid, "ProfileImagePath", "%SystemDrive%\\Users\\" + folder);
  folders_.push_back(L"C:\\Users\\" + Wide(folder));
  fs::create_directories(folders_.back());
}

void WindowsMachine::WriteFile(const std::wstring& path, std::string_view text) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(fs::path(path), std::ios::binary) << text;
  files_.push_back(path);
}

// A copy of the command interpreter, which waits for the first line of its input.
void WindowsMachine::StartProgram(const std::string& name) {
  const fs::path copy = fs::path(L"C:\\vdiwatch-programs") / Wide(name);
  fs::create_directories(copy.parent_path());
  if (programs_.empty()) folders_.push_back(copy.parent_path().wstring());
  fs::copy_file(L"C:\\windows\\system32\\cmd.exe", copy, fs::copy_options::overwrite_existing);
  SECURITY_ATTRIBUTES inherited{sizeof inherited, nullptr, TRUE};
  HANDLE reading = nullptr, writing = nullptr;
  ASSERT_TRUE(::CreatePipe(&reading, &writing, &inherited, 0));
  ::SetHandleInformation(writing, HANDLE_FLAG_INHERIT, 0);
  STARTUPINFOW start{};
  start.cb = sizeof start;
  start.dwFlags = STARTF_USESTDHANDLES;
  start.hStdInput = reading;
  PROCESS_INFORMATION process{};
  std::wstring line = L"\"" + copy.wstring() + L"\" /k";
  ASSERT_TRUE(::CreateProcessW(copy.c_str(), line.data(), nullptr, nullptr, TRUE, CREATE_NO_WINDOW,
                               nullptr, nullptr, &start, &process))
      << name << ": error " << ::GetLastError();
  ::CloseHandle(reading);
  ::CloseHandle(process.hThread);
  programs_.push_back({process.hProcess, writing});
}

std::string OwnSid() {
  HANDLE token = nullptr;
  alignas(TOKEN_USER) char buffer[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
  DWORD size = 0;
  wchar_t* text = nullptr;
  bool told = ::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &token) &&
              ::GetTokenInformation(token, TokenUser, buffer, sizeof buffer, &size) &&
              ::ConvertSidToStringSidW(reinterpret_cast<TOKEN_USER*>(buffer)->User.Sid, &text);
  EXPECT_TRUE(told) << "error " << ::GetLastError();
  std::string sid = told ? Utf8(text) : "";
  ::LocalFree(text);
  ::CloseHandle(token);
  return sid;
}

std::string TextOf(const Evidence& evidence, std::string_view locator) {
  const auto* text = std::get_if<TextReading>(&evidence.At(locator));
  return text ? text->text : "";
}

std::int64_t NumberOf(const Evidence& evidence, std::string_view locator) {
  const auto* number = std::get_if<NumberReading>(&evidence.At(locator));
  return number ? number->number : -1;
}

std::string StateOf(const Evidence& evidence, std::string_view locator) {
  const auto* state = std::get_if<StateReading>(&evidence.At(locator));
  return state ? state->state : "";
}

const MissingReading* MissingOf(const Evidence& evidence, std::string_view locator) {
  return std::get_if<MissingReading>(&evidence.At(locator));
}

std::optional<Missing> WhyNot(const Evidence& evidence, std::string_view locator) {
  const MissingReading* missing = MissingOf(evidence, locator);
  return missing ? std::optional(missing->why) : std::nullopt;
}

}  // namespace vdiwatch::agent
