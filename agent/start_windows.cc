#include <fcntl.h>
#include <io.h>
#include <windows.h>

#include <cstdio>

#include "agent/gather/terms_windows.h"
#include "agent/start.h"

// As the C library has them and MinGW's headers do not.
// Source: learn.microsoft.com, "__getmainargs, __wgetmainargs".
struct StartOptions {
  int new_mode;
};
extern "C" int __cdecl __wgetmainargs(int* count, wchar_t*** words, wchar_t*** environment,
                                      int expand_wildcards, StartOptions* options);

namespace vdiwatch::agent {
namespace {

// Output is UTF-8 with the line ends that it is printed with, as on every system.
void PrintBytes() {
  ::_setmode(::_fileno(stdout), _O_BINARY);
  ::_setmode(::_fileno(stderr), _O_BINARY);
  ::SetConsoleOutputCP(CP_UTF8);
}

template <class Policy>
void Require(PROCESS_MITIGATION_POLICY which, Policy policy) {
  ::SetProcessMitigationPolicy(which, &policy, sizeof policy);  // where this Windows has it
}

}  // namespace

void StartProgram() {
  PrintBytes();
  ::HeapSetInformation(nullptr, HeapEnableTerminationOnCorruption, nullptr, 0);
  // No message box may wait for somebody on a desktop that nobody sees.
  ::SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX);
  // A DLL beside the program or in the current folder is nobody's of ours.
  ::SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
  PROCESS_MITIGATION_IMAGE_LOAD_POLICY images{};
  images.NoRemoteImages = images.NoLowMandatoryLabelImages = images.PreferSystem32Images = 1;
  Require(ProcessImageLoadPolicy, images);
  PROCESS_MITIGATION_EXTENSION_POINT_DISABLE_POLICY extensions{};
  extensions.DisableExtensionPoints = 1;
  Require(ProcessExtensionPointDisablePolicy, extensions);
}

// Windows before 10 1903 minds no manifest and hands main() its words in the code page of the
// machine. The C library's own reading of the wide ones needs no shell32.dll, as
// CommandLineToArgvW does.
std::vector<std::string> ReversedArguments(int, char**) {
  int count = 0;
  wchar_t** words = nullptr;
  wchar_t** environment = nullptr;
  StartOptions options{};
  std::vector<std::string> arguments;
  if (::__wgetmainargs(&count, &words, &environment, 0, &options) < 0) return arguments;
  for (int i = count - 1; i > 0; --i) arguments.push_back(Utf8(words[i]));
  return arguments;
}

}  // namespace vdiwatch::agent
