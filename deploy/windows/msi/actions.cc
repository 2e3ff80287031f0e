// What the MSI's tables cannot say: its custom actions, as vdiwatch-setup.dll inside it. Windows
// Installer tells of a program that failed no more than a number; these run the agent and put its
// own words into the log and before the user. The DLL stands alone, without the C++ library.
#include <windows.h>
// After windows.h.
#include <msi.h>
#include <msiquery.h>

namespace {

constexpr DWORD kMost = 4096;  // characters of a property, and of what the agent says

struct Text {
  wchar_t chars[kMost] = L"";
};

// Empty where it is not set, or too long.
Text PropertyOf(MSIHANDLE install, const wchar_t* name) {
  Text value;
  DWORD size = kMost;
  if (MsiGetPropertyW(install, name, value.chars, &size) != ERROR_SUCCESS) value.chars[0] = L'\0';
  return value;
}

// Ends the action: the installation fails, with this sentence.
UINT Fail(MSIHANDLE install, const wchar_t* sentence) {
  MSIHANDLE record = MsiCreateRecord(1);
  MsiRecordSetStringW(record, 0, L"[1]");
  MsiRecordSetStringW(record, 1, sentence);
  MsiProcessMessage(install, INSTALLMESSAGE_ERROR, record);
  MsiCloseHandle(record);
  return ERROR_INSTALL_FAILURE;
}

// What comes through the pipe until it is closed, as far as it fits.
Text ReadAll(HANDLE pipe) {
  char bytes[kMost];
  DWORD size = 0, count = 0;
  while (ReadFile(pipe, bytes + size, kMost - 1 - size, &count, nullptr) && count > 0)
    size += count;
  while (size > 0 && (bytes[size - 1] == '\n' || bytes[size - 1] == '\r')) --size;
  Text text;
  int length =
      MultiByteToWideChar(CP_UTF8, 0, bytes, static_cast<int>(size), text.chars, kMost - 1);
  text.chars[length] = L'\0';
  return text;
}

struct Ended {
  bool well = false;
  Text said;  // on its error output
};

// Runs a command line without a window, to its end.
Ended Run(wchar_t* command) {
  Ended ended;
  SECURITY_ATTRIBUTES inherited{sizeof inherited, nullptr, TRUE};
  HANDLE reading = nullptr, writing = nullptr;
  if (!CreatePipe(&reading, &writing, &inherited, 0)) return ended;
  SetHandleInformation(reading, HANDLE_FLAG_INHERIT, 0);
  STARTUPINFOW start{};
  start.cb = sizeof start;
  start.dwFlags = STARTF_USESTDHANDLES;
  start.hStdError = writing;
  PROCESS_INFORMATION process{};
  bool runs = CreateProcessW(nullptr, command, nullptr, nullptr, TRUE, CREATE_NO_WINDOW, nullptr,
                             nullptr, &start, &process) != 0;
  CloseHandle(writing);
  if (runs) {
    ended.said = ReadAll(reading);
    DWORD code = ~0u;
    WaitForSingleObject(process.hProcess, INFINITE);
    ended.well = GetExitCodeProcess(process.hProcess, &code) && code == 0;
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
  }
  CloseHandle(reading);
  return ended;
}

}  // namespace

// Deferred: runs the command line that the action's data holds; fails with what it says.
extern "C" __declspec(dllexport) UINT __stdcall RunAgent(MSIHANDLE install) {
  Text command = PropertyOf(install, L"CustomActionData");
  Ended ended = Run(command.chars);
  if (ended.well) return ERROR_SUCCESS;
  bool silent = ended.said.chars[0] == L'\0';
  return Fail(install,
              silent ? L"The agent that is being installed cannot be run." : ended.said.chars);
}

// Immediate, as whom installs: CA_SOURCE, which is to be copied, must be a file. Windows Installer
// takes a missing one for nothing to do.
extern "C" __declspec(dllexport) UINT __stdcall CheckCaSource(MSIHANDLE install) {
  Text source = PropertyOf(install, L"CA_SOURCE");
  DWORD attributes = GetFileAttributesW(source.chars);
  bool file = attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) == 0;
  if (source.chars[0] == L'\0' || file) return ERROR_SUCCESS;
  constexpr wchar_t kBefore[] = L"CA_FILE: there is no file ";
  Text sentence;
  lstrcpyW(sentence.chars, kBefore);
  lstrcpynW(sentence.chars + sizeof kBefore / sizeof(wchar_t) - 1, source.chars,
            kMost - sizeof kBefore / sizeof(wchar_t));
  return Fail(install, sentence.chars);
}
