#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "policy/alert_course.h"

namespace vdiwatch::collector {

// One alert of one pool, or of the fleet, and one cause; history once it is resolved.
struct Alert {
  std::int64_t id = 0;       // random, made by whoever opens it
  std::int64_t pool_id = 0;  // 0: the fleet
  std::string cause;         // a rule's id, or a name of collector/alert_causes.h
  policy::AlertCourse course;
  std::optional<Time> resolved_at;
  std::string detail;  // JSON: what its messages say, as of its newest notice
};

// What one look at an alert changes, and whom it tells.
struct AlertChange {
  Alert alert;
  bool dropped = false;  // it went before it opened: nobody heard of it, and it leaves no trace
  std::optional<policy::NoticeKind> notice;
};

}  // namespace vdiwatch::collector
