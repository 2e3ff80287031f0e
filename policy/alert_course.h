#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace vdiwatch::policy {

// Whether an alert's cause is there now. Unknown begins nothing and ends nothing.
enum class Holds { kNo, kUnknown, kYes };

// How long a cause must last before anybody hears of it, and be gone before it is over.
struct AlertTiming {
  Seconds hold{0};
  Seconds clear_hold{10 * 60};
  Seconds remind_every{24 * 60 * 60};  // 0: never
  bool operator==(const AlertTiming&) const = default;
};

// One alert from the first sight of its cause to its end; what is stored of it.
struct AlertCourse {
  Time since{};                   // its cause holds without a break since
  std::optional<Time> opened_at;  // nothing: it waits for `hold`
  std::optional<Time>
      gone_since;     // of an open one: its cause is gone, and it waits for `clear_hold`
  Time noticed_at{};  // of an open one: its opening, or when its newest reminder was due
  bool operator==(const AlertCourse&) const = default;
};

// What people are told of an alert.
enum class NoticeKind { kOpened, kReminded, kResolved };
std::string_view ToString(NoticeKind kind);

struct AlertStep {
  std::optional<AlertCourse> course;  // nothing: there is no alert, or no more
  std::optional<NoticeKind> notice;
};

// One look at the cause at `now`, which never runs backwards from one look to the next. At most one
// notice a look: reminders that nobody was there to send are one. Pure.
AlertStep Advance(const std::optional<AlertCourse>& course, Holds holds, const AlertTiming& timing,
                  Time now);

}  // namespace vdiwatch::policy
