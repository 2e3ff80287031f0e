#pragma once

#include <absl/time/time.h>

#include <array>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"

namespace vdiwatch::server::compliance {

// When a report is due: on these days of the week, at this time, where the clock of this zone shows
// it. A time that a change of clocks leaves out is that of the change; one that comes twice counts
// once.
struct Due {
  std::array<bool, 7> days{};  // Monday first; at least one
  int minute = 0;              // after midnight
  absl::TimeZone zone;
};

// {"days":["mon",…],"time":"07:00","time_zone":"Europe/Berlin"}. Invalid says which member is
// wrong.
Result<Due> ParseDue(const Json& json);
Result<Due> ParseDueText(const std::string& text);  // as it is stored

// The first due time after `after`. Pure.
Time NextDue(const Due& due, Time after);
// The last one of those after `first` (which is one) that has passed at `now`. Pure.
Time LastDue(const Due& due, Time first, Time now);

}  // namespace vdiwatch::server::compliance
