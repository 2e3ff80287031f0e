#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "collector/identify.h"
#include "collector/store/store.h"
#include "report/messages.h"

namespace vdiwatch::collector {

// What one check-in means for its incarnation and desktop, before any verdict.
struct CheckedIn {
  Incarnation incarnation;
  Desktop desktop;  // its profile is set by the caller once facts are there
  std::vector<DesktopEvent> events;
  std::vector<std::string> need;  // of "facts", "readings", "enrol"
  bool repeated = false;          // seen before: answered, not applied
  bool changed = false;           // more than last_seen: must be durable before it is acknowledged
};

// A new number may be this far above the one held: agents skip 1000 at each start.
inline constexpr std::int64_t kMostSkipped = 1'000'000;

// Whether this report was seen before, or one after it.
bool IsRepeat(const CheckInRequest& request, const Incarnation& incarnation);

// Pure. `known` must hold the incarnation and its desktop.
// Denied: the incarnation was revoked. Invalid: the facts are not those of their digest. Conflict:
// the sequence is out of reach of the one held.
Result<CheckedIn> ApplyCheckIn(const CheckInRequest& request, const KnownIncarnation& known,
                               Time now);

}  // namespace vdiwatch::collector
