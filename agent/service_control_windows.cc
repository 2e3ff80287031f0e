#include "agent/service_control_windows.h"

#include <fmt/format.h>
#include <windows.h>

#include <cstdio>
#include <memory>

#include "agent/event_log_windows.h"
#include "base/result_windows.h"

namespace vdiwatch::agent {
namespace {

constexpr wchar_t kDisplayName[] = L"vdiwatch agent";
constexpr wchar_t kDescription[] =
    L"Reports to the vdiwatch collector what this virtual desktop is, so that IT knows where "
    L"Docker "
    L"Desktop is supported.";
constexpr DWORD kPatienceMs = 30'000, kPollMs = 100;
constexpr DWORD kPreshutdownMs = 20'000;

struct Closer {
  void operator()(SC_HANDLE handle) const { ::CloseServiceHandle(handle); }
};
using ScHandle = std::unique_ptr<std::remove_pointer_t<SC_HANDLE>, Closer>;

Error Failed(const char* what) { return WindowsError(what, ::GetLastError()); }

Result<ScHandle> OpenControl(DWORD access) {
  ScHandle control(::OpenSCManagerW(nullptr, nullptr, access));
  if (!control) return Failed("cannot reach the service control manager");
  return control;
}

Result<ScHandle> OpenInstalled(DWORD access) {
  ASSIGN_OR_RETURN(ScHandle control, OpenControl(SC_MANAGER_CONNECT));
  ScHandle service(::OpenServiceW(control.get(), kServiceName, access));
  if (!service) return Failed("cannot open the service vdiwatch-agent");
  return service;
}

// A property that this Windows does not know is told and left out.
void Configure(SC_HANDLE service, DWORD property, void* value, const char* name) {
  if (::ChangeServiceConfig2W(service, property, value)) return;
  std::fprintf(stderr, "vdiwatch-agent: the service has no %s: %s\n", name,
               DescribeWindowsError(::GetLastError()).c_str());
}

void RecoverFromFailures(SC_HANDLE service) {
  SC_ACTION restarts[] = {{SC_ACTION_RESTART, 60'000},
                          {SC_ACTION_RESTART, 5 * 60'000},
                          {SC_ACTION_RESTART, 15 * 60'000}};
  SERVICE_FAILURE_ACTIONSW actions{};
  actions.dwResetPeriod = 24 * 60 * 60;
  actions.cActions = std::size(restarts);
  actions.lpsaActions = restarts;
  Configure(service, SERVICE_CONFIG_FAILURE_ACTIONS, &actions, "recovery");
  // Also where it ended by itself, with an error: a configuration may come later than the service.
  SERVICE_FAILURE_ACTIONS_FLAG also_errors{TRUE};
  Configure(service, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &also_errors, "recovery after errors");
}

// The account is LocalSystem: nothing less reads the loaded hives of other users (HKU\<SID> lets in
// the user, SYSTEM and the administrators). So its token is stripped instead: of all privileges but
// the one that every process has.
void Restrict(SC_HANDLE service) {
  wchar_t privileges[] = L"SeChangeNotifyPrivilege\0";
  SERVICE_REQUIRED_PRIVILEGES_INFOW required{privileges};
  Configure(service, SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, &required, "list of privileges");
  SERVICE_SID_INFO sid{SERVICE_SID_TYPE_UNRESTRICTED};
  Configure(service, SERVICE_CONFIG_SERVICE_SID_INFO, &sid, "SID of its own");
}

void ConfigureAll(SC_HANDLE service) {
  std::wstring text = kDescription;
  SERVICE_DESCRIPTIONW description{text.data()};
  Configure(service, SERVICE_CONFIG_DESCRIPTION, &description, "description");
  // Logons come first after a boot.
  SERVICE_DELAYED_AUTO_START_INFO delayed{TRUE};
  Configure(service, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &delayed, "delayed start");
  SERVICE_PRESHUTDOWN_INFO preshutdown{kPreshutdownMs};
  Configure(service, SERVICE_CONFIG_PRESHUTDOWN_INFO, &preshutdown, "time before a shutdown");
  RecoverFromFailures(service);
  Restrict(service);
}

Result<SERVICE_STATUS_PROCESS> StatusOf(SC_HANDLE service) {
  SERVICE_STATUS_PROCESS status{};
  DWORD size = 0;
  if (!::QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, reinterpret_cast<BYTE*>(&status),
                              sizeof status, &size)) {
    return Failed("cannot ask for the service's state");
  }
  return status;
}

Result<void> WaitUntil(SC_HANDLE service, DWORD state, const char* verb) {
  for (DWORD waited = 0; waited < kPatienceMs; waited += kPollMs) {
    ASSIGN_OR_RETURN(SERVICE_STATUS_PROCESS status, StatusOf(service));
    if (status.dwCurrentState == state) return {};
    if (status.dwCurrentState == SERVICE_STOPPED) {
      return Unavailable(fmt::format("the service ended at once (exit code {}): see the event log",
                                     status.dwServiceSpecificExitCode));
    }
    ::Sleep(kPollMs);
  }
  return Unavailable(fmt::format("the service did not {} within {} s", verb, kPatienceMs / 1000));
}

Result<void> Stop(SC_HANDLE service) {
  SERVICE_STATUS status{};
  if (!::ControlService(service, SERVICE_CONTROL_STOP, &status)) {
    if (::GetLastError() == ERROR_SERVICE_NOT_ACTIVE) return {};
    return Failed("cannot stop the service");
  }
  return WaitUntil(service, SERVICE_STOPPED, "stop");
}

}  // namespace

Result<void> InstallService(const std::filesystem::path& program, const std::wstring& arguments) {
  ASSIGN_OR_RETURN(ScHandle control, OpenControl(SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE));
  // In quotes, or a C:\Program.exe would be run in its place.
  const std::wstring command = L"\"" + program.wstring() + L"\" " + arguments;
  ScHandle service(::CreateServiceW(control.get(), kServiceName, kDisplayName, SERVICE_ALL_ACCESS,
                                    SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START,
                                    SERVICE_ERROR_NORMAL, command.c_str(), nullptr, nullptr,
                                    nullptr, nullptr, nullptr));
  if (!service && ::GetLastError() == ERROR_SERVICE_EXISTS) {
    service.reset(::OpenServiceW(control.get(), kServiceName, SERVICE_ALL_ACCESS));
    if (service &&
        !::ChangeServiceConfigW(service.get(), SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START,
                                SERVICE_ERROR_NORMAL, command.c_str(), nullptr, nullptr, nullptr,
                                L"LocalSystem", nullptr, kDisplayName)) {
      return Failed("cannot bring the service up to date");
    }
  }
  if (!service) return Failed("cannot install the service");
  ConfigureAll(service.get());
  return EventLog::Register(program);
}

void RenewServiceSettings() {
  // A restart as a failure action needs the right to start the service.
  auto service = OpenInstalled(SERVICE_CHANGE_CONFIG | SERVICE_START);
  if (service) ConfigureAll(service->get());
}

Result<void> RemoveService() {
  ASSIGN_OR_RETURN(ScHandle service, OpenInstalled(SERVICE_STOP | SERVICE_QUERY_STATUS | DELETE));
  RETURN_IF_ERROR(Stop(service.get()));
  if (!::DeleteService(service.get())) return Failed("cannot remove the service");
  return EventLog::Unregister();
}

Result<void> StartInstalledService() {
  ASSIGN_OR_RETURN(ScHandle service, OpenInstalled(SERVICE_START | SERVICE_QUERY_STATUS));
  if (!::StartServiceW(service.get(), 0, nullptr) &&
      ::GetLastError() != ERROR_SERVICE_ALREADY_RUNNING) {
    return Failed("cannot start the service");
  }
  return WaitUntil(service.get(), SERVICE_RUNNING, "start");
}

Result<void> StopInstalledService() {
  ASSIGN_OR_RETURN(ScHandle service, OpenInstalled(SERVICE_STOP | SERVICE_QUERY_STATUS));
  return Stop(service.get());
}

}  // namespace vdiwatch::agent
