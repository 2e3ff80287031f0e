#include "base/clock.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace vdiwatch {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::year;
using std::chrono::year_month_day;

// The digits of text at `from`, `count` of them, or nothing.
std::optional<int> Digits(std::string_view text, std::size_t from, std::size_t count) {
  if (from + count > text.size()) return std::nullopt;
  int value = 0;
  for (char c : text.substr(from, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

// The offset from UTC at the end of an RFC 3339 time: "Z" or "+hh:mm".
std::optional<Seconds> Offset(std::string_view zone) {
  if (zone == "Z" || zone == "z") return Seconds(0);
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return std::nullopt;
  auto hours = Digits(zone, 1, 2), minutes = Digits(zone, 4, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  Seconds offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return zone[0] == '-' ? -offset : offset;
}

}  // namespace

std::string FormatTime(Time time) {
  auto days = std::chrono::floor<std::chrono::days>(time);
  year_month_day date(days);
  std::chrono::hh_mm_ss clock(time - days);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

Result<Time> ParseTime(std::string_view text) {
  auto bad = [&] {
    return Invalid(fmt::format("'{}' is not a time such as 2026-11-22T08:00:00Z", text));
  };
  auto y = Digits(text, 0, 4), mo = Digits(text, 5, 2), d = Digits(text, 8, 2);
  auto h = Digits(text, 11, 2), mi = Digits(text, 14, 2), s = Digits(text, 17, 2);
  if (!y || !mo || !d || !h || !mi || !s) return bad();
  if (text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':') return bad();
  if (text[10] != 'T' && text[10] != 't' && text[10] != ' ') return bad();
  std::size_t end = 19;
  if (end < text.size() && text[end] == '.') {
    do ++end;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9');
    if (end == 20) return bad();
  }
  auto offset = Offset(text.substr(end));
  year_month_day date{year(*y), month(static_cast<unsigned>(*mo)), day(static_cast<unsigned>(*d))};
  if (!offset || !date.ok() || *h > 23 || *mi > 59 || *s > 60) return bad();
  return Time(std::chrono::sys_days(date)) + std::chrono::hours(*h) + std::chrono::minutes(*mi) +
         Seconds(*s) - *offset;
}

Time SystemClock::Now() const {
  return std::chrono::floor<Seconds>(std::chrono::system_clock::now());
}

}  // namespace vdiwatch
