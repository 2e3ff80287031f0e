#include "server/alert/quiet_hours.h"

#include <absl/time/civil_time.h>

#include <algorithm>

#include "base/text.h"

namespace vdiwatch::server::alert {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr int kMinutesPerDay = 24 * 60;
constexpr int kMostSteps = 30;  // quiet hours that follow each other without a break

// The end of the window that begins on this day, if `now` is within.
std::optional<Time> WithinDay(const QuietHours& hours, absl::CivilDay day, absl::Time now) {
  if (!hours.days[static_cast<std::size_t>(absl::GetWeekday(day))]) return std::nullopt;
  const int to = hours.to > hours.from ? hours.to : hours.to + kMinutesPerDay;
  const auto begin = absl::FromCivil(absl::CivilMinute(day) + hours.from, hours.zone);
  const auto end = absl::FromCivil(absl::CivilMinute(day) + to, hours.zone);
  if (now < begin || now >= end) return std::nullopt;
  return FromUnix(absl::ToUnixSeconds(end));
}

std::optional<Time> Within(const QuietHours& hours, std::string_view severity, Time at) {
  if (hours.except.contains(severity)) return std::nullopt;
  const absl::Time now = absl::FromUnixSeconds(ToUnix(at));
  const absl::CivilDay today = absl::ToCivilDay(now, hours.zone);
  const auto since_today = WithinDay(hours, today, now);
  const auto since_yesterday = WithinDay(hours, today - 1, now);
  return std::max(since_today, since_yesterday);  // nothing is less than any time
}

std::optional<int> TwoDigits(std::string_view text, int most) {
  const auto number = text.size() == 2 ? ParseInteger(text) : std::nullopt;
  if (!number || *number < 0 || *number > most) return std::nullopt;
  return static_cast<int>(*number);
}

}  // namespace

std::optional<int> ParseTimeOfDay(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = TwoDigits(text.substr(0, 2), 24);
  const auto minute = TwoDigits(text.substr(3), 59);
  if (!hour || !minute || (*hour == 24 && *minute != 0)) return std::nullopt;
  return *hour * 60 + *minute;
}

std::optional<int> ParseDay(std::string_view text) {
  const auto found = std::ranges::find(kDays, text);
  if (found == kDays.end()) return std::nullopt;
  return static_cast<int>(found - kDays.begin());
}

std::optional<absl::TimeZone> FindTimeZone(const std::string& name) {
  absl::TimeZone zone;
  // A path would be read as a file of the system.
  if (name.empty() || name.front() == '/' || name.find("..") != std::string::npos ||
      !absl::LoadTimeZone(name, &zone)) {
    return std::nullopt;
  }
  return zone;
}

bool QuietAllWeek(const std::vector<QuietHours>& hours, std::string_view severity) {
  const Time begin = FromUnix(absl::ToUnixSeconds(
      absl::FromCivil(absl::CivilDay(2026, 1, 5), absl::UTCTimeZone())));  // any week would do
  for (Time at = begin; at < begin + Seconds(7 * 24 * 60 * 60);) {
    std::optional<Time> until;
    for (const QuietHours& one : hours) until = std::max(until, Within(one, severity, at));
    if (!until) return false;
    at = *until;
  }
  return true;
}

std::optional<Time> QuietUntil(const std::vector<QuietHours>& hours, std::string_view severity,
                               Time now) {
  std::optional<Time> until;
  for (int step = 0; step < kMostSteps; ++step) {
    const Time at = until.value_or(now);
    std::optional<Time> further;
    for (const QuietHours& one : hours) further = std::max(further, Within(one, severity, at));
    if (!further) return until;
    until = further;
  }
  return until;
}

}  // namespace vdiwatch::server::alert
