#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <ctime>

#include "base/file.h"
#include "base/json.h"
#include "collector/store/access_store.h"
#include "server/app.h"
#include "server/data_lock.h"

namespace vdiwatch::server {
namespace {

constexpr timespec kPolicyLook{10, 0};

// Signals are waited for, not handled: every thread started later inherits the mask.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

// Where the daemon answers, for those who configured port 0.
Result<void> WritePorts(const Config& config, const App& app) {
  const Endpoint agents{config.agents.listen.address, app.agents_port()};
  const Endpoint people{config.people.listen.address, app.people_port()};
  const Json ports = {{"agents", agents.port},
                      {"people", people.port},
                      {"agents_url", "https://" + ToString(agents)},
                      {"people_url", "https://" + ToString(people)},
                      {"pid", getpid()}};
  RETURN_IF_ERROR(WriteFile(config.ports_file(), ports.dump(2) + "\n", FileMode::kPublic));
  fmt::print("vdiwatch {}: agents https://{}, people https://{}\n", VDIWATCH_VERSION,
             ToString(agents), ToString(people));
  std::fflush(stdout);
  return {};
}

// A data_dir that is not there is the store's to complain about.
Result<std::unique_ptr<DataLock>> LockDataDir(const Config& config) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(config.data_dir, ignored)) return std::unique_ptr<DataLock>();
  return DataLock::Take(config.data_dir);
}

void WarnWithoutUsers(const App& app, Log& log) {
  const auto users = app.database().access->CountUsers();
  if (users && *users == 0) log.Warning("nobody can sign in yet: run `vdiwatch init`");
}

}  // namespace

Result<void> Serve(const Config& config, std::span<const Asset> assets, Log& log) {
  const sigset_t signals = BlockSignals();
  const SystemClock clock;
  ASSIGN_OR_RETURN(const auto lock, LockDataDir(config));
  ASSIGN_OR_RETURN(const auto app, App::Start(config, assets, clock, log));
  RETURN_IF_ERROR(WritePorts(config, *app));
  WarnWithoutUsers(*app, log);
  for (;;) {
    const int signal = sigtimedwait(&signals, nullptr, &kPolicyLook);
    if (signal == SIGTERM || signal == SIGINT) break;
    app->RefreshPolicy();
    app->RefreshAlerts(signal == SIGHUP);
  }
  log.Info("stopping");
  std::error_code ignored;
  std::filesystem::remove(config.ports_file(), ignored);
  return {};
}

}  // namespace vdiwatch::server
