#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "policy/alert_course.h"

namespace vdiwatch::server::alert {

// One alert as a message tells it.
struct AlertLine {
  std::string id;  // of the alert, 16 hex digits: the same from its opening to its end
  policy::NoticeKind kind = policy::NoticeKind::kOpened;
  std::string name;      // "NonPersistentPool", "PoolNoncompliant"
  std::string cause;     // a rule's id, or "pool-noncompliant", …
  std::string pool;      // empty: the fleet
  std::string rule;      // its id; empty: no rule's
  std::string severity;  // critical, major, minor, info
  std::string grade;
  std::int64_t desktops = 0;  // how many …
  std::int64_t of = 0;        // … of how many
  std::string text;           // "38 of 40 desktops: …"
  std::string remediation;
  std::map<std::string, std::string, std::less<>> attributes;  // the pool's
  std::string url;                                             // the page about it; may be empty
  Time since{};                                                // its cause holds
  Time opened_at{};
  Time at{};  // of this notice
};

// What one sink is told in one piece: one alert, or several that one cause brought about.
struct Message {
  std::string
      id;  // of the delivery, 16 hex digits: the same over all attempts; the idempotency key
  std::string common;  // what the alerts share ("policy 2026.11.4 came into force"); may be empty
  std::vector<AlertLine> alerts;  // never empty; all of one kind
  bool test = false;              // somebody tries the sink: says so, and opens nothing
  Time at{};
};

struct Answer {
  enum class Outcome {
    kDelivered,
    kRetry,     // not now: again later
    kRejected,  // it will never take this message
    kGone,      // it will never take any: asked to stop (410)
  };
  Outcome outcome = Outcome::kRetry;
  std::string text;        // for the log of deliveries, without secrets: "204", "550 no such user"
  Seconds retry_after{0};  // of kRetry: asked for by the receiver; 0: not said
};

// One receiver of alerts. Send blocks for at most some tens of seconds; one call at a time.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual Answer Send(const Message& message) = 0;

  // A receiver that forgets what it is not told again (Alertmanager) wants every open alert that
  // is routed to it, this often; 0: not.
  virtual Seconds refresh_every() const { return Seconds(0); }
  virtual Answer Refresh(std::span<const AlertLine> /*open*/, Time /*now*/) { return {}; }
};

}  // namespace vdiwatch::server::alert
