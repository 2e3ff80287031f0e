#include "server/compliance/due.h"

#include <absl/time/civil_time.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "server/alert/quiet_hours.h"

namespace vdiwatch::server::compliance {
namespace {

constexpr Seconds kWeek{7 * 24 * 60 * 60};

Result<void> ReadDays(const Json& json, Due& due) {
  const auto days = json.find("days");
  const bool list = days != json.end() && days->is_array() && !days->empty() && days->size() <= 7;
  if (!list) return Invalid("when.days must be a list of days, such as [\"mon\"]");
  for (const Json& day : *days) {
    const auto number = day.is_string() ? alert::ParseDay(day.get<std::string>()) : std::nullopt;
    if (!number) return Invalid("when.days: a day is mon, tue, wed, thu, fri, sat or sun");
    due.days[static_cast<std::size_t>(*number)] = true;
  }
  return {};
}

}  // namespace

Result<Due> ParseDue(const Json& json) {
  if (!json.is_object()) return Invalid("when must be an object with days, time and time_zone");
  for (const auto& [member, value] : json.items()) {
    if (member == "days" || member == "time" || member == "time_zone") continue;
    return Invalid(fmt::format("when has no member '{}'", Printable(member, 80)));
  }
  Due due;
  RETURN_IF_ERROR(ReadDays(json, due));
  ASSIGN_OR_RETURN(const auto time, JsonMember<std::string>(json, "time", 8));
  const auto minute = alert::ParseTimeOfDay(time);
  if (!minute || *minute == 24 * 60) return Invalid("when.time must be a time such as 07:00");
  due.minute = *minute;
  ASSIGN_OR_RETURN(const auto name, JsonMember<std::string>(json, "time_zone", 64));
  const auto zone = alert::FindTimeZone(name);
  if (!zone) {
    return Invalid(
        fmt::format("when.time_zone: '{}' is no time zone here; one is called "
                    "Europe/Berlin or UTC",
                    Printable(name, 64)));
  }
  due.zone = *zone;
  return due;
}

Result<Due> ParseDueText(const std::string& text) {
  ASSIGN_OR_RETURN(const Json json, ParseJson(text, "the schedule's times"));
  return ParseDue(json);
}

Time NextDue(const Due& due, Time after) {
  const absl::CivilDay today = absl::ToCivilDay(absl::FromUnixSeconds(ToUnix(after)), due.zone);
  for (int ahead = 0; ahead <= 8; ++ahead) {
    const absl::CivilDay day = today + ahead;
    if (!due.days[static_cast<std::size_t>(absl::GetWeekday(day))]) continue;
    const absl::Time at = absl::FromCivil(absl::CivilMinute(day) + due.minute, due.zone);
    const Time time = FromUnix(absl::ToUnixSeconds(at));
    if (time > after) return time;
  }
  return after + kWeek;  // without any day; none is parsed so
}

Time LastDue(const Due& due, Time first, Time now) {
  Time last = std::max(first, NextDue(due, std::max(first, now - kWeek - kWeek)));
  if (last > now) return first;
  for (Time next = NextDue(due, last); next <= now; next = NextDue(due, last)) last = next;
  return last;
}

}  // namespace vdiwatch::server::compliance
