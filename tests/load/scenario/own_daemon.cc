#include "tests/load/scenario/own_daemon.h"

#include <csignal>

#include "base/digest.h"
#include "base/file.h"

namespace vdiwatch::sim {
namespace {

namespace fs = std::filesystem;

constexpr Seconds kTokenLifetime{10 * 365 * 86'400LL};

}  // namespace

OwnDaemon::OwnDaemon(fs::path folder, const DaemonOptions& options, const Clock& clock, Log& log)
    : folder_(std::move(folder)), clock_(clock), log_(log) {
  config_.data_dir = folder_ / "data";
  config_.policy_dir = folder_ / "policy";
  config_.agents.listen = {"127.0.0.1", 0};
  config_.agents.check_in_every = options.check_in_every;
  config_.people.listen = {"127.0.0.1", 0};
}

Result<std::unique_ptr<OwnDaemon>> OwnDaemon::Start(const DaemonOptions& options,
                                                    const Clock& clock, Log& log) {
  // Who hangs up while somebody writes makes that write fail, not the process end.
  std::signal(SIGPIPE, SIG_IGN);
  fs::path folder = fs::temp_directory_path() / ("vdiwatch-scenario-" + Hex(RandomBytes(6)));
  std::unique_ptr<OwnDaemon> daemon(new OwnDaemon(folder, options, clock, log));
  std::error_code failed;
  fs::create_directories(daemon->config_.policy_dir, failed);
  fs::create_directories(daemon->config_.data_dir, failed);
  if (failed) return Unavailable("cannot make " + folder.string() + ": " + failed.message());
  if (!options.pools.empty()) {
    RETURN_IF_ERROR(
        WriteFile(daemon->config_.policy_dir / "pools.yaml", options.pools, FileMode::kPrivate));
  }
  RETURN_IF_ERROR(daemon->StartAgain());
  ASSIGN_OR_RETURN(daemon->uplink_.ca_pem,
                   ReadFile(daemon->config_.ca_dir() / "ca.pem", 256 << 10));
  ASSIGN_OR_RETURN(daemon->uplink_.fleet_key, agent::FleetKey(daemon->uplink_.ca_pem));
  return daemon;
}

OwnDaemon::~OwnDaemon() {
  app_.reset();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

Result<void> OwnDaemon::StartAgain() {
  ASSIGN_OR_RETURN(app_, server::App::Start(config_, {}, clock_, log_));
  config_.agents.listen.port = app_->agents_port();
  uplink_.collector = {"127.0.0.1", app_->agents_port()};
  return {};
}

Result<std::string> OwnDaemon::Token(const std::string& pool, std::int64_t max_uses,
                                     const std::string& cidr) {
  return collector::CreateEnrolToken(*database().store,
                                     {.pool = pool,
                                      .expires_at = clock_.Now() + kTokenLifetime,
                                      .max_uses = max_uses,
                                      .cidr = cidr,
                                      .note = "scenario"},
                                     clock_.Now());
}

}  // namespace vdiwatch::sim
