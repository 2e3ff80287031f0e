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
  Time since{};  // the alert's cause holds
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

enum class AlertState { kWaiting, kOpen, kResolved };
std::string_view ToString(AlertState state);
AlertState StateOf(const Alert& alert);
std::string_view ToString(Delivery::State state);

struct AlertFilter {
  std::vector<AlertState> states = {AlertState::kOpen};  // never empty
  std::optional<std::int64_t> pool_id = {};              // 0: the fleet
  std::string cause = {};                                // empty: any
  // Cursor: the alert's `since` and id behind which to go on.
  std::optional<std::pair<Time, std::int64_t>> after = {};
  std::int64_t limit = 100;
};

struct DeliveryFilter {
  std::string sink = {};  // empty: any
  std::optional<Delivery::State> state = {};
  std::optional<std::pair<Time, std::int64_t>> after = {};  // cursor: created_at and id
  std::int64_t limit = 100;
};

// What the log says of one sink.
struct SinkRecord {
  std::string sink;
  std::int64_t waiting = 0, sent = 0, failed = 0, dropped = 0;
  std::optional<DeliveryAttempt> last_success, last_failure;
  std::string disabled;  // as WhyDisabled has it; empty: it is not
};

// Alerts, their outbox and the log of deliveries. Any thread may call; durable when the call
// returns. Errors: unavailable, not_found (what is asked for by its id), conflict (an id that is
// not stored, or as each says), internal.
class AlertStore {
 public:
  virtual ~AlertStore() = default;

  virtual Result<std::vector<Alert>> Alerts(const AlertFilter& filter) = 0;  // newest first
  virtual Result<Alert> FindAlert(std::int64_t id) = 0;
  virtual Result<void> CommitAlerts(std::span<const AlertChange> alerts, Time at) = 0;

  // Notices that no deliveries were made for yet, oldest first.
  virtual Result<std::vector<Notice>> Outbox(std::int64_t limit) = 0;
  // Takes these notices out of the outbox and puts the deliveries in their place, all or nothing.
  // `joined` are stored, and tell of the notices that they have now. It is a conflict if another
  // daemon took a notice, or began to send what was to be joined, meanwhile.
  virtual Result<void> Route(std::span<const std::int64_t> notices,
                             std::span<const Delivery> deliveries,
                             std::span<const Delivery> joined = {}) = 0;
  virtual Result<std::vector<Notice>> Notices(std::span<const std::int64_t> ids) = 0;
  virtual Result<std::vector<Notice>> NoticesOf(std::int64_t alert_id) = 0;  // oldest first

  // Waiting ones to this sink whose time has come, the oldest first; none that an earlier one about
  // the same alert is still waiting before.
  virtual Result<std::vector<Delivery>> DueDeliveries(std::string_view sink, Time now,
                                                      std::int64_t limit) = 0;
  // Never tried, and due later than now.
  virtual Result<std::vector<Delivery>> HeldDeliveries(Time now) = 0;
  // Whether the delivery is the caller's until then: nobody else has claimed or changed it since it
  // was read. A crash of the machine may undo it.
  virtual Result<bool> Claim(const Delivery& delivery, Time until) = 0;
  // State, next_at, attempts and why are as given.
  virtual Result<void> Save(const Delivery& delivery) = 0;
  // The same, and the attempt goes to the log.
  virtual Result<void> Record(const Delivery& delivery, const DeliveryAttempt& attempt) = 0;
  // Why the receiver is left alone: its answer (410), while a message to it waits with the `why`
  // DisabledBy(answer). Nothing: it is not.
  virtual Result<std::optional<std::string>> WhyDisabled(std::string_view sink) = 0;
  // What is due to a disabled sink waits until then, as DisabledBy has it; nothing where it is not.
  virtual Result<void> HoldForDisabled(std::string_view sink, Time now, Time until) = 0;
  // The sink is enabled: what waited for that is due at `at`, and its `why` is kHeldWhileDisabled.
  virtual Result<void> EnableSink(std::string_view sink, Time at) = 0;
  virtual Result<std::vector<Delivery>> Deliveries(const DeliveryFilter& filter) = 0;
  virtual Result<std::vector<Delivery>> DeliveriesAbout(std::int64_t alert_id) = 0;
  virtual Result<Delivery> FindDelivery(std::int64_t id) = 0;
  virtual Result<std::vector<DeliveryAttempt>> AttemptsOf(std::int64_t delivery_id) = 0;
  virtual Result<std::vector<SinkRecord>> SinkRecords() = 0;  // by name; of sinks with deliveries
  // Alerts that are open and of which a sent delivery to this sink tells; by id.
  virtual Result<std::vector<Alert>> AlertsToldTo(std::string_view sink) = 0;
  // Of these alerts, those that a sent delivery to this sink tells of.
  virtual Result<std::vector<std::int64_t>> ToldTo(std::string_view sink,
                                                   const std::vector<std::int64_t>& alerts) = 0;

  virtual Result<void> SaveSilence(const Silence& silence) = 0;  // a new one, or in its place
  // It ends now, and what waits for its end is due. Not_found, also if it ended before.
  virtual Result<Silence> EndSilence(std::int64_t id, Time at) = 0;
  virtual Result<std::vector<Silence>> SilencesUntil(Time ended_after) = 0;  // soonest ended first
};

// Begins the `why` of each delivery that waits for the end of a silence.
std::string SilencedBy(std::int64_t silence_id);

// The `why` of each delivery that waits for its sink to be enabled, and after that.
std::string DisabledBy(std::string_view answer);
inline constexpr std::string_view kHeldWhileDisabled = "held while the sink was disabled";

}  // namespace vdiwatch::collector
