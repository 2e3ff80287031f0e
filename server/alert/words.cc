#include "server/alert/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <utility>

#include "base/text.h"

namespace vdiwatch::server::alert {
namespace {

constexpr std::string_view kEllipsis = "…";

std::string Place(const AlertLine& line) {
  return line.pool.empty() ? "the fleet" : "pool " + line.pool;
}

// With the sink or the waiver that it is about: "AlertSinkFailing (mail)".
std::string NameOf(const AlertLine& line) {
  const std::size_t slash = line.cause.find('/');
  return slash == std::string::npos
             ? line.name
             : fmt::format("{} ({})", line.name, std::string_view(line.cause).substr(slash + 1));
}

std::string HowMany(const AlertLine& line) {
  return line.of > 0 ? fmt::format("{} of {} desktops", line.desktops, line.of) : std::string();
}

// "2026-11-25 08:00 UTC"
std::string Moment(Time time) {
  const std::string text = FormatTime(time);
  return fmt::format("{} {} UTC", text.substr(0, 10), text.substr(11, 5));
}

// The first of the most severe ones.
const AlertLine& Worst(const Message& message) {
  static constexpr std::array<std::string_view, 3> kWorstFirst = {"critical", "major", "minor"};
  for (const std::string_view severity : kWorstFirst) {
    const auto found = std::ranges::find(message.alerts, severity, &AlertLine::severity);
    if (found != message.alerts.end()) return *found;
  }
  return message.alerts.front();
}

std::string OfOne(const AlertLine& line) {
  std::string text = fmt::format("{} in {}", NameOf(line), Place(line));
  if (line.kind == policy::NoticeKind::kResolved) {
    return fmt::format("{}, after {}", text, SpanInWords(line.at - line.since));
  }
  const std::string how_many = HowMany(line);
  return how_many.empty() ? text : fmt::format("{}, {}", text, how_many);
}

std::string OfMany(const Message& message) {
  const AlertLine& first = message.alerts.front();
  std::set<std::string_view> pools;
  bool one_name = true;
  for (const AlertLine& line : message.alerts) {
    pools.insert(line.pool);
    one_name = one_name && line.name == first.name;
  }
  const AlertLine& worst = Worst(message);
  const std::string text = one_name && pools.size() > 1
                               ? fmt::format("{} in {} pools", first.name, pools.size())
                               : fmt::format("{} in {} and {} more", NameOf(worst), Place(worst),
                                             message.alerts.size() - 1);
  return message.common.empty() ? text : fmt::format("{}: {}", text, message.common);
}

std::string Begin(const Message& message) {
  if (message.test) return "test";
  switch (message.alerts.front().kind) {
    case policy::NoticeKind::kOpened:
      return Worst(message).severity;
    case policy::NoticeKind::kReminded:
      return "still " + Worst(message).severity;
    case policy::NoticeKind::kResolved:
      return "resolved";
  }
  return "";
}

void AppendLine(std::string_view begin, std::string_view line, std::string& text) {
  if (!line.empty()) fmt::format_to(std::back_inserter(text), "{}{}\n", begin, line);
}

void AppendAlert(const AlertLine& line, std::string& text) {
  AppendLine("\n", Title(line), text);
  AppendLine("", Reason(line), text);
  AppendLine("", Lasting(line), text);
  if (line.kind != policy::NoticeKind::kResolved) {
    AppendLine("What to do: ", line.remediation, text);
  }
  AppendLine("", line.url, text);
}

}  // namespace

std::string Headline(const Message& message) {
  const std::string text =
      message.alerts.size() == 1 ? OfOne(message.alerts.front()) : OfMany(message);
  return Printable(fmt::format("{}: {}", Begin(message), text), 400);
}

std::string Subject(const Message& message) { return "[vdiwatch] " + Headline(message); }

std::string PlainText(const Message& message, std::size_t most) {
  std::string text;
  if (message.test) AppendLine("", kTestNote, text);
  if (message.alerts.size() > 1) AppendLine("What they share: ", message.common, text);
  const std::size_t shown = std::min(most, message.alerts.size());
  for (std::size_t i = 0; i < shown; ++i) AppendAlert(message.alerts[i], text);
  if (shown < message.alerts.size()) {
    AppendLine("\n", fmt::format("… and {} more.", message.alerts.size() - shown), text);
  }
  return text.substr(std::min(text.find_first_not_of('\n'), text.size()));
}

std::string Title(const AlertLine& line) {
  return fmt::format("{} in {} ({})", NameOf(line), Place(line), line.severity);
}

std::string Reason(const AlertLine& line) {
  const std::string how_many = HowMany(line);
  const bool told = line.text.starts_with(fmt::format("{} of {} ", line.desktops, line.of));
  if (how_many.empty() || told) return line.text;
  return line.text.empty() ? how_many : fmt::format("{}: {}", how_many, line.text);
}

std::string Lasting(const AlertLine& line) {
  const std::string span = SpanInWords(line.at - line.since);
  if (line.kind == policy::NoticeKind::kResolved) {
    return fmt::format("Over after {}: since {}, until {}", span, Moment(line.since),
                       Moment(line.at));
  }
  return fmt::format("Since {} ({})", Moment(line.since), span);
}

std::string SpanInWords(Seconds span) {
  static constexpr std::array<std::pair<std::int64_t, std::string_view>, 4> kUnits = {
      {{86'400, "d"}, {3'600, "h"}, {60, "min"}, {1, "s"}}};
  const std::int64_t seconds = std::max<std::int64_t>(span.count(), 0);
  for (std::size_t i = 0; i + 1 < kUnits.size(); ++i) {
    const auto& [size, unit] = kUnits[i];
    if (seconds < size) continue;
    const auto& [smaller, smaller_unit] = kUnits[i + 1];
    const std::int64_t rest = seconds % size / smaller;
    return rest == 0 ? fmt::format("{} {}", seconds / size, unit)
                     : fmt::format("{} {} {} {}", seconds / size, unit, rest, smaller_unit);
  }
  return fmt::format("{} s", seconds);
}

std::string Cut(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  std::size_t end = max_bytes < kEllipsis.size() ? 0 : max_bytes - kEllipsis.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + std::string(kEllipsis);
}

}  // namespace vdiwatch::server::alert
