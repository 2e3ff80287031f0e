#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace vdiwatch::collector {

// A report that is sent by e-mail, again and again.
struct ReportSchedule {
  std::int64_t id = 0;       // random
  std::int64_t version = 1;  // one more with each change
  std::string name;
  std::string scope;   // "fleet", "pool:NAME", "attribute:KEY=VALUE"
  std::string format;  // csv, xlsx, json
  std::string sink;    // whose mail server it goes through
  std::string when;    // JSON: {"days":[…],"time":"07:00","time_zone":"Europe/Berlin"}
  std::vector<std::string> recipients;
  bool enabled = true;
  std::string created_by;
  Time next_due{};
};

// One report of a schedule on its way: there is one for each due time, and no second one.
struct ReportDelivery {
  enum class State { kWaiting, kSent, kFailed };

  std::int64_t id = 0;
  std::int64_t schedule_id = 0;
  Time due_at{};
  State state = State::kWaiting;
  std::int64_t attempts = 0;
  Time next_at{};      // of the next attempt, while it waits
  Time updated_at{};   // of the newest attempt
  std::string answer;  // the mail server's, or why it failed; empty before the first attempt
};

// Schedules of reports, and the log of what was sent. Any thread may call; durable when the call
// returns. Errors: not_found, conflict (another version is stored by now), unavailable, internal.
class ReportStore {
 public:
  virtual ~ReportStore() = default;

  virtual Result<std::vector<ReportSchedule>> Schedules() = 0;  // by name
  virtual Result<ReportSchedule> FindSchedule(std::int64_t id) = 0;
  virtual Result<void> AddSchedule(const ReportSchedule& schedule) = 0;
  // In the place of the one before: that is, of version - 1.
  virtual Result<void> ReplaceSchedule(const ReportSchedule& schedule) = 0;
  virtual Result<void> DeleteSchedule(std::int64_t id, std::int64_t version) = 0;

  // Enabled ones that are due.
  virtual Result<std::vector<ReportSchedule>> DueSchedules(Time now) = 0;
  // Makes the delivery for `due_at` and has the schedule wait for `next_due`, all or nothing.
  // False: another daemon did, or the schedule changed meanwhile.
  virtual Result<bool> TakeDue(const ReportSchedule& schedule, Time due_at, Time next_due) = 0;

  virtual Result<std::vector<ReportDelivery>> DueDeliveries(Time now, std::int64_t limit) = 0;
  // Begins its next attempt: counts it, and keeps others off until `until`. False: somebody else
  // did.
  virtual Result<bool> BeginAttempt(const ReportDelivery& delivery, Time until) = 0;
  virtual Result<void> Record(const ReportDelivery& delivery) = 0;
  // Newest first.
  virtual Result<std::vector<ReportDelivery>> Deliveries(std::int64_t schedule_id,
                                                         std::int64_t limit) = 0;
};

}  // namespace vdiwatch::collector
