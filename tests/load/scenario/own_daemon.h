#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/log.h"
#include "server/app.h"
#include "tests/load/sim_machine.h"

namespace vdiwatch::sim {

struct DaemonOptions {
  Seconds check_in_every{4 * 60 * 60};
  std::string pools = "";  // YAML of pools that differ from the defaults
};

// The whole daemon in this process, on free ports of the loopback, over a store in a folder that
// goes away with it. Its clock is the caller's.
class OwnDaemon {
 public:
  static Result<std::unique_ptr<OwnDaemon>> Start(const DaemonOptions& options, const Clock& clock,
                                                  Log& log);
  ~OwnDaemon();

  // A crash-free stop, and a start on the same ports and store.
  void Stop() { app_.reset(); }
  Result<void> StartAgain();

  const Uplink& uplink() const { return uplink_; }
  const collector::Database& database() const { return app_->database(); }
  std::filesystem::path store_file() const { return config_.store_file(); }
  Result<void> Sweep() { return app_->collector().SweepNow(); }
  // `max_uses` 0: no limit; `cidr` empty: from anywhere.
  Result<std::string> Token(const std::string& pool, std::int64_t max_uses = 0,
                            const std::string& cidr = "");

 private:
  OwnDaemon(std::filesystem::path folder, const DaemonOptions& options, const Clock& clock,
            Log& log);

  const std::filesystem::path folder_;
  const Clock& clock_;
  Log& log_;
  server::Config config_;
  Uplink uplink_;
  std::unique_ptr<server::App> app_;
};

}  // namespace vdiwatch::sim
