#include <fcntl.h>
#include <io.h>
#include <windows.h>

#include <cstdio>

#include "agent/start.h"

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

}  // namespace vdiwatch::agent
