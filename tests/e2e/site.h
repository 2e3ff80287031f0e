#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "tests/e2e/api_tap.h"
#include "tests/e2e/process.h"

namespace vdiwatch::e2e {

// A daemon of its own, with its data, policy and people, set up as the README says: by commands.
// Everything is on loopback, on free ports, in a folder that goes away with it.
class Site {
 public:
  // `policy`: one more policy file, or nothing. `settings`: more lines of vdiwatch.yaml.
  explicit Site(const std::string& policy = "", const std::string& settings = "");
  ~Site();

  void Serve();             // starts the daemon, waits until it is ready and makes a profile of it
  void Restart();           // the same without the profile, which may be out of date then
  int End(int signal);      // its exit code
  std::string Log() const;  // what it printed so far

  // Commands on the server itself: `vdiwatch WORDS… --config F`.
  Finished Local(std::vector<std::string> words) const;
  // Commands over the API with the profile of this site: `vdiwatch WORDS…`. Each answer that they
  // get is held against the OpenAPI document on its way.
  Finished Remote(std::vector<std::string> words) const;
  Json RemoteJson(std::vector<std::string> words) const;  // with --json; fails the test if it fails

  std::string Token(const std::string& pool) const;
  // Writes the configuration of an agent; its state lives in a folder of this name.
  std::filesystem::path AgentConfig(const std::string& name, const std::string& token) const;
  Finished Agent(const std::string& command, const std::filesystem::path& config) const;

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path config() const { return folder_ / "vdiwatch.yaml"; }
  std::filesystem::path ca_file() const { return folder_ / "data/ca/ca.pem"; }
  int agents_port() const { return agents_port_; }
  int people_port() const { return people_port_; }
  int answers_described() const { return tap_ ? tap_->answers() : 0; }
  bool alive() { return daemon_ && daemon_->alive(); }

 private:
  const std::filesystem::path folder_;
  std::optional<Running> daemon_;
  int agents_port_ = 0;
  std::atomic<std::uint16_t> people_port_ = 0;
  std::optional<ApiTap> tap_;  // from the first Serve on
};

// Waits until `done` holds, at most a minute; whether it did.
bool Eventually(const std::function<bool()>& done);

}  // namespace vdiwatch::e2e
