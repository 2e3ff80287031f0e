#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "collector/rate_limit.h"
#include "collector/store/alert_store.h"
#include "server/alert/config.h"
#include "server/alert/routing.h"
#include "server/alert/sink.h"

namespace vdiwatch::server::alert {

// How one try ended.
struct Tried {
  Time at{};
  std::int64_t took_ms = 0;
  bool delivered = false;
  std::string answer;
};

// What senders work with; all of it outlives them and may be used from any thread.
struct SenderParts {
  collector::AlertStore& store;
  std::function<PolicyNews()> news;
  std::function<double()> jitter;  // from 0.5 to 1
  // Whether what must work before a heartbeat may say so does.
  std::function<bool()> healthy;
  const Clock& clock;
  Log& log;
};

// What a sender knows beside the log.
struct SenderState {
  Time last_good{};  // the newest delivery of any kind, a test or a heartbeat among them
  std::optional<Tried> failed_test;  // a test that failed, and nothing got through since
  std::optional<Tried> heartbeat;
};

// Sends what is due to one sink, refreshes what it may forget, and beats. Turn is called by one
// thread; the rest by any. The configuration must outlive it.
class Sender {
 public:
  Sender(const SinkSpec& spec, const AlertConfig& config, SenderParts parts);

  // What the sink's former sender knew; before the first Turn.
  void Inherit(SenderState former);
  void Turn();
  Tried Test();  // a message that says that it is a test; a delivered one enables the sink again
  SenderState state() const;
  const SinkSpec& spec() const { return spec_; }
  std::optional<Seconds> beats_every() const;  // nothing: no heartbeat goes to it

 private:
  Result<void> SendDue();
  Result<bool> IsDisabled();
  Result<bool> SendOne(collector::Delivery delivery);  // false: enough for this turn
  Result<std::optional<Message>> MessageOf(collector::Delivery& delivery);
  Result<void> LeaveOutOver(collector::Delivery& delivery, std::vector<collector::Notice>& notices);
  Result<void> KeepTold(std::vector<AlertLine>& lines);
  Result<bool> IsHeld(collector::Delivery& delivery, const std::vector<AlertLine>& lines);
  Result<void> Conclude(collector::Delivery delivery, const Answer& answer, const Tried& tried);
  Result<void> GiveUpOrRetry(collector::Delivery& delivery, const Answer& answer);
  Result<void> Refresh();
  void Beat();
  Tried Try(const std::function<Answer()>& send, Answer& answer);
  AlertLine HeartbeatLine() const;
  bool TakesBeats() const;

  const SinkSpec& spec_;
  const AlertConfig& config_;
  const SenderParts parts_;
  const Time started_;
  std::optional<collector::RateLimiter> limiter_;
  std::mutex sending_;  // one call of the sink at a time
  // The thread of Turn alone.
  Time pause_until_{};
  std::int64_t failures_ = 0;  // in a row
  Time refreshed_at_{};
  Time beat_at_{};
  std::string reported_;  // the failure that the log has
  mutable std::mutex mutex_;
  SenderState state_;  // under mutex_
};

}  // namespace vdiwatch::server::alert
