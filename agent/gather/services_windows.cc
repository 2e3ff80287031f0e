#include "agent/gather/services_windows.h"

#include <windows.h>

#include <memory>
#include <type_traits>

#include "agent/gather/terms_windows.h"

namespace vdiwatch::agent {
namespace {

struct CloseService {
  void operator()(SC_HANDLE handle) const { ::CloseServiceHandle(handle); }
};
using Service = std::unique_ptr<std::remove_pointer_t<SC_HANDLE>, CloseService>;

const char* StateName(DWORD state) {
  switch (state) {
    case SERVICE_STOPPED:
      return "stopped";
    case SERVICE_START_PENDING:
      return "start_pending";
    case SERVICE_STOP_PENDING:
      return "stop_pending";
    case SERVICE_RUNNING:
      return "running";
    case SERVICE_CONTINUE_PENDING:
      return "continue_pending";
    case SERVICE_PAUSE_PENDING:
      return "pause_pending";
    case SERVICE_PAUSED:
      return "paused";
    default:
      return "unknown";
  }
}

const char* StartName(DWORD start) {
  switch (start) {
    case SERVICE_BOOT_START:
      return "boot";
    case SERVICE_SYSTEM_START:
      return "system";
    case SERVICE_AUTO_START:
      return "automatic";
    case SERVICE_DEMAND_START:
      return "manual";
    case SERVICE_DISABLED:
      return "disabled";
    default:
      return "unknown";
  }
}

// How it starts; empty if that may not be seen.
std::string StartOf(SC_HANDLE service) {
  alignas(QUERY_SERVICE_CONFIGW) char buffer[8 << 10];  // the most that the call asks for
  auto* config = reinterpret_cast<QUERY_SERVICE_CONFIGW*>(buffer);
  DWORD needed = 0;
  bool told = ::QueryServiceConfigW(service, config, sizeof buffer, &needed);
  return told ? StartName(config->dwStartType) : "";
}

}  // namespace

ServiceManager::ServiceManager()
    : manager_(::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT)) {
  if (manager_ == nullptr) why_ = MissingBecauseOfLastError();
}

ServiceManager::~ServiceManager() {
  if (manager_ != nullptr) ::CloseServiceHandle(static_cast<SC_HANDLE>(manager_));
}

Reading ServiceManager::Read(std::string_view service) const {
  if (manager_ == nullptr) return why_;
  const std::wstring name = Wide(service);
  auto manager = static_cast<SC_HANDLE>(manager_);
  constexpr DWORD kBoth = SERVICE_QUERY_STATUS | SERVICE_QUERY_CONFIG;
  Service open(::OpenServiceW(manager, name.c_str(), kBoth));
  if (!open && ::GetLastError() == ERROR_ACCESS_DENIED) {
    open.reset(::OpenServiceW(manager, name.c_str(), SERVICE_QUERY_STATUS));
  }
  if (!open) return MissingBecauseOfLastError();
  SERVICE_STATUS status{};
  if (!::QueryServiceStatus(open.get(), &status)) return MissingBecauseOfLastError();
  return StateReading{StateName(status.dwCurrentState), StartOf(open.get())};
}

}  // namespace vdiwatch::agent
