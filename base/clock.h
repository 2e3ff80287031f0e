#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vdiwatch {

// All times are UTC, whole seconds since 1970; all spans are seconds.
using Time = std::chrono::sys_seconds;
using Seconds = std::chrono::seconds;

// RFC 3339 in UTC: "2026-11-22T08:00:00Z".
std::string FormatTime(Time time);

// Accepts RFC 3339 with `Z` or an offset, seconds required; fractions are cut. Nothing else.
Result<Time> ParseTime(std::string_view text);

inline std::int64_t ToUnix(Time time) { return time.time_since_epoch().count(); }
inline Time FromUnix(std::int64_t seconds) { return Time(Seconds(seconds)); }

// What time it is. Passed in, never looked up, so that tests tick it by hand. Any thread may call.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time Now() const = 0;
};

class SystemClock : public Clock {
 public:
  Time Now() const override;
};

// Stands still until it is told otherwise.
class ManualClock : public Clock {
 public:
  explicit ManualClock(Time start) : now_(start) {}
  Time Now() const override { return now_.load(); }
  void Set(Time now) { now_.store(now); }
  void Advance(Seconds by) { now_.store(now_.load() + by); }

 private:
  std::atomic<Time> now_;
};

}  // namespace vdiwatch
