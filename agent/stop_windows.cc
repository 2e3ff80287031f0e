#include <windows.h>

#include <algorithm>

#include "agent/stop.h"

namespace vdiwatch::agent {
namespace {

// A console's handler is told nothing but what happened, so what it signals cannot be a member. It
// lives as long as the process.
HANDLE StopEvent() {
  static const HANDLE event = ::CreateEventW(nullptr, TRUE, FALSE, nullptr);
  return event;
}

// Ctrl+C, Ctrl+Break, and the console's window that is closed, for which Windows gives us seconds.
BOOL WINAPI OnConsole(DWORD) {
  ::SetEvent(StopEvent());
  return TRUE;
}

}  // namespace

TerminationSignal::TerminationSignal() {
  StopEvent();
  ::SetConsoleCtrlHandler(OnConsole, TRUE);
}

bool TerminationSignal::WaitFor(Seconds span) {
  auto milliseconds = std::clamp<std::int64_t>(span.count() * 1000, 0, INFINITE - 1);
  return ::WaitForSingleObject(StopEvent(), static_cast<DWORD>(milliseconds)) == WAIT_OBJECT_0;
}

bool MachineGoesDown(const std::string&) { return ::GetSystemMetrics(SM_SHUTTINGDOWN) != 0; }

// Whoever runs us by hand sees it; service_windows.cc tells the service control manager.
void NotifyService(const std::string&) {}

}  // namespace vdiwatch::agent
