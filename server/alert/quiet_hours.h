#pragma once

#include <absl/time/time.h>

#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace vdiwatch::server::alert {

// When messages are held back: on each of these days from a time on until another one (of the next
// day, if it is not later), or the whole day.
struct QuietHours {
  int from = 0;                // minutes after midnight
  int to = 24 * 60;            // likewise; of the next day where it is not after `from`
  std::array<bool, 7> days{};  // Monday first
  absl::TimeZone zone;         // UTC at first
  std::set<std::string, std::less<>> except;  // severities that are sent all the same
};

// "22:00" -> minutes; nothing if it is no time of day.
std::optional<int> ParseTimeOfDay(std::string_view text);
// "mon" -> 0.
std::optional<int> ParseDay(std::string_view text);
// By its IANA name; nothing if this system does not know it (Debian: tzdata).
std::optional<absl::TimeZone> FindTimeZone(const std::string& name);

// When the quiet that reigns at `now` ends, over adjoining quiet hours; nothing if there is none
// for this severity. Pure.
std::optional<Time> QuietUntil(const std::vector<QuietHours>& hours, std::string_view severity,
                               Time now);
// Whether there is no moment of a week without quiet for this severity. Pure.
bool QuietAllWeek(const std::vector<QuietHours>& hours, std::string_view severity);

}  // namespace vdiwatch::server::alert
