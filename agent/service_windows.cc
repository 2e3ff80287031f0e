#include <fmt/format.h>
#include <windows.h>

#include <algorithm>
#include <atomic>
#include <cstdio>

#include "agent/backoff.h"
#include "agent/budget_windows.h"
#include "agent/event_log_windows.h"
#include "agent/folder_writers_windows.h"
#include "agent/path.h"
#include "agent/service.h"
#include "agent/service_control_windows.h"
#include "base/result_windows.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

// What the control manager waits for without a sign of life: a check-in over a slow network.
constexpr DWORD kPatienceMs = 30'000;
constexpr Seconds kLongPause{60};

// This process as the control manager sees it. Its orders come on a thread of their own.
class RunningService : public StopSignal {
 public:
  RunningService()
      : stop_(::CreateEventW(nullptr, TRUE, FALSE, nullptr)),
        handle_(::RegisterServiceCtrlHandlerExW(kServiceName, OnControl, this)) {}
  ~RunningService() override { ::CloseHandle(stop_); }

  bool WaitFor(Seconds span) override {
    if (span >= kLongPause) GiveMemoryBack();
    auto milliseconds = std::clamp<std::int64_t>(span.count() * 1000, 0, INFINITE - 1);
    return ::WaitForSingleObject(stop_, static_cast<DWORD>(milliseconds)) == WAIT_OBJECT_0;
  }
  bool machine_goes_down() const { return machine_goes_down_; }

  void Tell(DWORD state, DWORD own_error = 0) {
    SERVICE_STATUS status{};
    status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
    status.dwCurrentState = state;
    bool pending = state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING;
    status.dwWaitHint = pending ? kPatienceMs : 0;
    status.dwCheckPoint = pending ? ++check_point_ : 0;
    if (state == SERVICE_RUNNING) {
      status.dwControlsAccepted = SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PRESHUTDOWN;
    }
    status.dwWin32ExitCode = own_error == 0 ? NO_ERROR : ERROR_SERVICE_SPECIFIC_ERROR;
    status.dwServiceSpecificExitCode = own_error;
    ::SetServiceStatus(handle_, &status);
  }

 private:
  // The state first, the signal second: else this could overwrite the STOPPED of the other thread.
  static DWORD WINAPI OnControl(DWORD control, DWORD, void*, void* context) {
    auto& self = *static_cast<RunningService*>(context);
    switch (control) {
      case SERVICE_CONTROL_PRESHUTDOWN:
        self.machine_goes_down_ = true;
        [[fallthrough]];
      case SERVICE_CONTROL_STOP:
        self.Tell(SERVICE_STOP_PENDING);
        ::SetEvent(self.stop_);
        return NO_ERROR;
      case SERVICE_CONTROL_INTERROGATE:
        return NO_ERROR;
      default:
        return ERROR_CALL_NOT_IMPLEMENTED;
    }
  }

  HANDLE stop_;
  SERVICE_STATUS_HANDLE handle_;
  std::atomic<bool> machine_goes_down_ = false;
  std::atomic<DWORD> check_point_ = 0;
};

OwnMachine MachineOf(RunningService& service) {
  OwnMachine machine;
  machine.goes_down = [&] { return service.machine_goes_down(); };
  machine.notify = [&](const std::string& state) {
    if (state == "READY=1") service.Tell(SERVICE_RUNNING);
  };
  machine.start_delay = [] {
    return StartDelay(Seconds(static_cast<std::int64_t>(::GetTickCount64() / 1000)), RandomUnit());
  };
  return machine;
}

// The result, with a sentence for the event log.
Result<int> RunAsService(const ConfigChoice& choice, RunningService& service, EventLog& events) {
  SystemClock clock;
  Log log(Log::Level::kInfo,
          [&](Log::Level level, std::string_view text) { events.Write(level, text, clock.Now()); });
  for (const std::string& lacking : KeepWithin(Budget{})) log.Warning("{}", lacking);
  RenewServiceSettings();
  events.Started("version " VDIWATCH_VERSION);
  auto code = RunUntil(choice, service, MachineOf(service), log);
  if (!code) {
    log.Error("{}", code.error().message);
    events.Stopped("with an error, which the entry before this one tells");
  } else {
    events.Stopped(service.machine_goes_down() ? "the machine goes down" : "as it was told to");
  }
  return code;
}

// What ServiceMain works on: Windows hands it nothing but the service's start parameters.
struct Dispatched {
  const ConfigChoice& choice;
  Result<int> code = 0;
};
Dispatched* dispatched = nullptr;

void WINAPI ServiceMain(DWORD, wchar_t**) {
  RunningService service;
  service.Tell(SERVICE_START_PENDING);
  EventLog events;
  dispatched->code = RunAsService(dispatched->choice, service, events);
  const Result<int>& code = dispatched->code;
  DWORD own_error =
      code ? static_cast<DWORD>(*code) : static_cast<DWORD>(ExitCode(code.error().kind));
  service.Tell(SERVICE_STOPPED, own_error);
}

Result<int> RunOnConsole(const ConfigChoice& choice) {
  TerminationSignal stop;
  Log log;
  return RunUntil(choice, stop, OwnMachine{}, log);
}

Result<int> Install(const ConfigChoice& choice) {
  wchar_t program[32768];
  if (::GetModuleFileNameW(nullptr, program, std::size(program)) == 0) {
    return WindowsError("cannot tell where this program is", ::GetLastError());
  }
  std::wstring arguments = L"run";
  if (choice.named) {
    arguments += L" --config \"" + std::filesystem::absolute(choice.file).wstring() + L"\"";
  }
  RETURN_IF_ERROR(InstallService(program, arguments));
  const std::vector<std::string> places = StrangersOnTheWayTo(program);
  if (!places.empty()) {
    std::fprintf(
        stderr,
        "vdiwatch-agent: warning: whoever can change the program has the rights of SYSTEM, "
        "and these can: %s; install it below C:\\Program Files\n",
        Join(places, ", ").c_str());
  }
  return 0;
}

Command Does(Result<void> (*act)()) {
  return [act]() -> Result<int> {
    RETURN_IF_ERROR(act());
    return 0;
  };
}

}  // namespace

Result<int> RunService(const ConfigChoice& choice) {
  Dispatched run{.choice = choice};
  dispatched = &run;
  std::wstring name = kServiceName;
  const SERVICE_TABLE_ENTRYW table[] = {{name.data(), ServiceMain}, {nullptr, nullptr}};
  if (::StartServiceCtrlDispatcherW(table)) return run.code;
  DWORD error = ::GetLastError();
  if (error == ERROR_FAILED_SERVICE_CONTROLLER_CONNECT) return RunOnConsole(choice);
  return WindowsError("cannot run as a service", error);
}

void AddServiceCommand(CLI::App& app, Command& chosen) {
  auto* service = app.add_subcommand("service", "The Windows service that runs the agent");
  service->require_subcommand(1);
  auto choice = std::make_shared<ConfigChoice>(ConfigChoice{.file = DefaultConfigFile()});
  auto* install = service->add_subcommand("install", "Install it, or bring it up to date");
  auto take = [choice](const std::string& file) { *choice = {PathOf(file), true}; };
  install->add_option_function<std::string>("--config", take,
                                            "Configuration file that the service reads");
  install->callback([&chosen, choice] { chosen = [choice] { return Install(*choice); }; });
  service->add_subcommand("remove", "Stop and remove it; what it knows of itself stays")
      ->callback([&chosen] { chosen = Does(RemoveService); });
  service->add_subcommand("start", "Start it")->callback([&chosen] {
    chosen = Does(StartInstalledService);
  });
  service->add_subcommand("stop", "Stop it")->callback([&chosen] {
    chosen = Does(StopInstalledService);
  });
}

}  // namespace vdiwatch::agent
