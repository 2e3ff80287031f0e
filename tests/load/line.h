#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "agent/transport.h"

namespace vdiwatch::sim {

// What passed over the lines of a fleet. Any thread may count and read.
struct Traffic {
  std::atomic<std::int64_t> check_ins = 0;   // answered with 200
  std::atomic<std::int64_t> enrolments = 0;  // likewise
  std::atomic<std::int64_t> refused = 0;     // answered, but not with 200
  std::atomic<std::int64_t> unanswered = 0;
  std::int64_t requests() const { return check_ins + enrolments + refused + unanswered; }
};

// A machine's way to the collector: the agent's own transport, with a plug that can be pulled.
class Line : public agent::Channel {
 public:
  Line(std::unique_ptr<agent::Transport> transport, Traffic& traffic)
      : transport_(std::move(transport)), traffic_(traffic) {}

  Result<agent::HttpReply> Post(std::string_view target, std::string_view body,
                                std::string_view bearer) override;
  void Present(std::string_view certificate, std::string_view key) override {
    transport_->Present(certificate, key);
  }
  void Trust(std::string_view ca_pem) override { transport_->Trust(ca_pem); }
  void Close() override { transport_->Close(); }

  void Plug(bool in) { plugged_ = in; }

 private:
  std::unique_ptr<agent::Transport> transport_;
  Traffic& traffic_;
  bool plugged_ = true;
};

}  // namespace vdiwatch::sim
