#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/channel.h"
#include "agent/core.h"
#include "base/clock.h"
#include "base/json.h"
#include "tests/e2e/site.h"

namespace vdiwatch::e2e {

// The way to the collector, which remembers how its last answer began.
class WatchedChannel : public agent::Channel {
 public:
  explicit WatchedChannel(std::unique_ptr<agent::Channel> channel) : channel_(std::move(channel)) {}
  Result<agent::HttpReply> Post(std::string_view target, std::string_view body,
                                std::string_view bearer) override;
  void Present(std::string_view certificate, std::string_view key) override {
    channel_->Present(certificate, key);
  }
  void Trust(std::string_view ca_pem) override { channel_->Trust(ca_pem); }
  void Close() override { channel_->Close(); }
  int status() const { return status_; }  // 0: nothing came back

 private:
  std::unique_ptr<agent::Channel> channel_;
  int status_ = 0;
};

// A desktop whose state changes with every check-in, so that every check-in must be durable.
class RestlessAgent {
 public:
  RestlessAgent(const Site& site, std::string token, int number);

  // Looks for the collector where it listens now; what it knows of itself stays.
  void FindAgain(const Site& site);

  const std::string& host() const { return seen_.claims.host_name; }
  std::int64_t told() const { return told_; }
  std::int64_t acknowledged() const { return acknowledged_; }
  int status() const { return channel_->status(); }  // HTTP's, of the last answer

  // Tells the next state; whether it was acknowledged.
  bool Step();

 private:
  SystemClock clock_;
  const std::string token_;
  std::unique_ptr<WatchedChannel> channel_;
  agent::Spool spool_{{.max_changes = 1}};
  std::unique_ptr<agent::AgentCore> core_;
  agent::Observation seen_;
  std::int64_t told_ = 0;
  std::int64_t acknowledged_ = 0;
};

// The last state that a RestlessAgent told, in the answer of `desktop show`.
std::int64_t InstancesOf(const Json& desktop);

// Expects of every agent that what was acknowledged is stored, and nothing that it never told.
void ExpectNothingLost(const Site& site, const std::vector<std::unique_ptr<RestlessAgent>>& agents);

}  // namespace vdiwatch::e2e
