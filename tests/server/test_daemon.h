#pragma once

#include <memory>
#include <string>
#include <vector>

#include "server/app.h"
#include "tests/server/test_site.h"

namespace vdiwatch::server {

// What a command line printed and ended with.
struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};
Ran RunCli(std::vector<std::string> arguments);

// A data directory with a configuration on free ports, set up by `vdiwatch init`, and the daemon
// over it once Start is called.
class TestDaemon {
 public:
  TestDaemon();

  std::string config_file() const { return (directory_.path() / "vdiwatch.yaml").string(); }
  std::string ca_file() const { return (data_dir() / "ca" / "ca.pem").string(); }
  std::filesystem::path data_dir() const { return directory_.path() / "data"; }
  const TestDirectory& directory() const { return directory_; }

  // Rewrites the configuration: data_dir and free ports, then these lines.
  void Configure(const std::string& more);
  void Init();
  Result<void> Start();
  void Stop() { app_.reset(); }
  App& app() { return *app_; }
  std::string people_url() const;

  // A profile that asks this daemon; answers its path.
  std::string Profile(const std::string& role = "viewer");

  ManualClock clock{SystemClock().Now()};

 private:
  TestDirectory directory_;
  Log log_{Log::Level::kError};
  std::unique_ptr<App> app_;
};

}  // namespace vdiwatch::server
