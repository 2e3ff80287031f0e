#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>

#include "base/log.h"
#include "server/listener.h"

namespace vdiwatch::e2e {

// Stands between the command line and the daemon's people's listener and fails the test where an
// answer is not as the OpenAPI document describes it. It has an authority of its own, for profiles.
class ApiTap {
 public:
  // `folder`: for its authority; `port`: where the daemon listens right now; `ca_file`: behind it.
  ApiTap(const std::filesystem::path& folder, std::function<std::uint16_t()> port,
         std::filesystem::path ca_file);

  std::uint16_t port() const { return listener_->port(); }
  std::filesystem::path ca_file() const { return folder_ / "ca.pem"; }
  int answers() const { return answers_; }  // that were looked at

 private:
  server::HttpResponse Forward(const server::HttpRequest& request);

  const std::filesystem::path folder_;
  const std::function<std::uint16_t()> port_;
  const std::filesystem::path daemon_ca_file_;
  Log log_{Log::Level::kError};
  std::mutex one_at_a_time_;  // described.h remembers what it compiled
  std::atomic<int> answers_{0};
  std::unique_ptr<server::Listener> listener_;
};

}  // namespace vdiwatch::e2e
