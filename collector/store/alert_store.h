#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "collector/store/alert_rows.h"

namespace vdiwatch::collector {

// A notice in the outbox: made in the transaction of the change that it tells of.
struct Notice {
  std::int64_t id = 0;
  Time at{};
  policy::NoticeKind kind = policy::NoticeKind::kOpened;
  std::int64_t alert_id = 0;
  std::int64_t pool_id = 0;
  std::string cause;
  Time opened_at{};
  std::string detail;  // of the alert, as of then
};

// One message to one sink about one or several notices; its id stays the same over all attempts.
struct Delivery {
  enum class State { kWaiting, kSent, kFailed, kDropped };

  std::int64_t id = 0;  // random: what a receiver knows a repeat by
  std::string sink;
  State state = State::kWaiting;
  Time created_at{};
  Time next_at{};  // of the next attempt, while it waits
  std::int64_t attempts = 0;
  std::string why;  // of the state: "silenced by …", "the sink is gone"; may be empty
  std::vector<std::int64_t> notices;  // ids
};

struct DeliveryAttempt {
  std::int64_t delivery_id = 0;
  Time at{};
  std::int64_t took_ms = 0;
  bool delivered = false;
  std::string answer;  // "204", "550 no such user", "connection refused"
};

// Keeps quiet what matches, until its end, which it must have.
struct Silence {
  std::int64_t id = 0;   // random
  std::string matchers;  // JSON object: label -> value
  Time starts_at{};
  Time ends_at{};
  std::string created_by;
  std::string reason;
};

struct AlertFilter {
  bool resolved = false;  // those of the history, too
  std::optional<std::int64_t> pool_id = {};
  // Cursor: the alert's `since` and id behind which to go on.
  std::optional<std::pair<Time, std::int64_t>> after = {};
  std::int64_t limit = 100;
};

// Alerts, their outbox and the log of deliveries. Any thread may call; durable when the call
// returns. Errors: unavailable, conflict (an id that is not stored), internal.
class AlertStore {
 public:
  virtual ~AlertStore() = default;

  virtual Result<std::vector<Alert>> Alerts(
      const AlertFilter& filter) = 0;  // opened ones, newest first
  virtual Result<void> CommitAlerts(std::span<const AlertChange> alerts, Time at) = 0;

  // Notices that no deliveries were made for yet, oldest first.
  virtual Result<std::vector<Notice>> Outbox(std::int64_t limit) = 0;
  // Takes these notices out of the outbox and puts the deliveries in their place, all or nothing.
  // A notice that another daemon took meanwhile makes it a conflict.
  virtual Result<void> Route(std::span<const std::int64_t> notices,
                             std::span<const Delivery> deliveries) = 0;
  virtual Result<std::vector<Notice>> Notices(std::span<const std::int64_t> ids) = 0;

  // Waiting ones whose time has come, the oldest first.
  virtual Result<std::vector<Delivery>> DueDeliveries(Time now, std::int64_t limit) = 0;
  // The attempt goes to the log, and the delivery is as given.
  virtual Result<void> Record(const Delivery& delivery, const DeliveryAttempt& attempt) = 0;
  virtual Result<std::vector<Delivery>> Deliveries(std::int64_t limit) = 0;  // newest first
  virtual Result<std::vector<DeliveryAttempt>> AttemptsOf(std::int64_t delivery_id) = 0;

  virtual Result<void> SaveSilence(const Silence& silence) = 0;  // a new one, or in its place
  virtual Result<std::vector<Silence>> SilencesUntil(Time ended_after) = 0;
};

}  // namespace vdiwatch::collector
