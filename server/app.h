#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "collector/collector.h"
#include "collector/store/open.h"
#include "server/assets.h"
#include "server/config.h"

namespace vdiwatch::server {

// The one daemon: agents' listener, collector, people's listener over one store. Runs from Start
// until destroyed; parts stop in the reverse order of their start. Tests start it on port 0.
class App {
 public:
  // Errors: not_found (data_dir), invalid (policy, with every mistake; certificate), conflict
  // (store of a newer version), unavailable (port in use). The references must outlive it.
  static Result<std::unique_ptr<App>> Start(const Config& config, std::span<const Asset> assets,
                                            const Clock& clock, Log& log);
  virtual ~App() = default;

  virtual std::uint16_t agents_port() const = 0;
  virtual std::uint16_t people_port() const = 0;
  virtual collector::Collector& collector() = 0;
  virtual const collector::Database& database() const = 0;

  // Puts the policy files in force if they changed; a bad set leaves the last good one in force,
  // is logged once and shown in the overview. Called by Serve every 10 s and on SIGHUP.
  virtual void RefreshPolicy() = 0;

  // The same for alerts_file, which is read anew in any case if that is `asked` for; then what the
  // daemon itself has to alert of. Called after RefreshPolicy.
  virtual void RefreshAlerts(bool asked) = 0;
};

// The store of this configuration, for the daemon and for commands that work beside it. Errors:
// not_found (data_dir), and the store's.
Result<collector::Database> OpenStore(const Config& config);

// The certificate authority of this configuration, made if it is not there, and the passphrase of
// its keys; empty if none is configured.
Result<collector::Ca> OpenCa(const Config& config, Time now);
Result<std::string> CaPassphrase(const Config& config);

// Starts the daemon, writes ports.json and runs until SIGTERM or SIGINT. Call it before the
// process starts any thread.
Result<void> Serve(const Config& config, std::span<const Asset> assets, Log& log);

}  // namespace vdiwatch::server
