#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "base/json.h"
#include "tests/server/alert/receiver.h"

namespace vdiwatch::server::alert {

// Debian's Prometheus Alertmanager on a free port of loopback, its files in this folder. It wants
// the user "vdiwatch" with the password "opensesame".
class RealAlertmanager {
 public:
  explicit RealAlertmanager(const std::filesystem::path& folder);

  std::string url() const;
  // The alerts of this name that fire, as its API tells them.
  Json Firing(const std::string& name) const;

 private:
  std::pair<int, std::string> Get(const std::string& target) const;

  const int port_;
  Receiver process_;
};

}  // namespace vdiwatch::server::alert
