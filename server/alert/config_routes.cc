#include "server/alert/config_routes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "server/alert/config_values.h"
#include "server/duration.h"

namespace vdiwatch::server::alert {
namespace {

const std::vector<std::string> kSeverities = {"critical", "major", "minor", "info"};
constexpr Seconds kLongestGroupFor{60 * 60};

// The texts of a member, each checked to be one of these words.
std::vector<std::string> Words(YamlMap& map, std::string_view key, SinkReading& reading,
                               const std::vector<std::string>& words) {
  const Yaml* node = map.Optional(key);
  if (node == nullptr) return {};
  if (node->kind == Yaml::Kind::kScalar) CheckWord(map, *node, key, words);
  for (const Yaml& item : node->items) CheckWord(map, item, key, words);
  return reading.Texts(map, key);
}

// The patterns of a label, each checked to be one that can match.
std::vector<std::string> Patterns(YamlMap& map, const std::string& label, std::string_view key,
                                  SinkReading& reading, std::vector<PlacedPattern>& placed) {
  auto patterns = reading.Texts(map, key);
  if (patterns.empty()) return patterns;
  const Yaml& node = *map.Optional(key);
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const Mark mark = node.kind == Yaml::Kind::kSequence ? node.items[i].mark : node.mark;
    if (const auto why = WhyMatchesNothing(label, patterns[i])) map.Complain(mark, *why);
    placed.push_back(
        {label, patterns[i], fmt::format("{}:{}:{}", reading.file, mark.line, mark.column)});
  }
  return patterns;
}

void ReadAttributes(const Yaml& node, SinkReading& reading, RouteSpec& route) {
  if (node.kind != Yaml::Kind::kMap) {
    reading.Map(node, "attributes").Finish();  // which complains
    return;
  }
  YamlMap map = reading.Map(node, "attributes");
  for (const YamlEntry& entry : node.entries) {
    const std::string label = "attributes." + entry.key.text;
    route.match.patterns[label] = Patterns(map, label, entry.key.text, reading, route.placed);
  }
}

void ReadMatch(const Yaml& node, SinkReading& reading, RouteSpec& route) {
  Match& match = route.match;
  YamlMap map = reading.Map(node, "match");
  for (const std::string label : {"pool", "cause", "rule", "name"}) {
    auto patterns = Patterns(map, label, label, reading, route.placed);
    if (!patterns.empty()) match.patterns[label] = std::move(patterns);
  }
  auto severities = Words(map, "severity", reading, kSeverities);
  if (!severities.empty()) match.patterns["severity"] = std::move(severities);
  if (const Yaml* attributes = map.Optional("attributes")) {
    ReadAttributes(*attributes, reading, route);
  }
  map.Finish();
}

void ReadTimeOfDay(YamlMap& map, std::string_view key, int& minutes) {
  const Yaml* node = map.Optional(key);
  if (node == nullptr) return;
  if (const auto parsed = ParseTimeOfDay(node->text)) {
    minutes = *parsed;
  } else {
    map.Complain(node->mark, fmt::format("{} must be a time of day such as \"22:00\"", key));
  }
}

void ReadDays(YamlMap& map, SinkReading& reading, QuietHours& hours) {
  const auto names = reading.Texts(map, "days");
  if (names.empty()) hours.days.fill(true);
  for (const std::string& name : names) {
    if (const auto day = ParseDay(name)) {
      hours.days[static_cast<std::size_t>(*day)] = true;
    } else {
      map.Complain(map.Optional("days")->mark,
                   fmt::format("'{}' is no day; write mon, tue, wed, thu, fri, sat or sun",
                               Printable(name, 40)));
    }
  }
}

QuietHours ReadQuietHours(const Yaml& node, SinkReading& reading) {
  QuietHours hours;
  YamlMap map = reading.Map(node, "quiet_hours");
  const bool from = map.Optional("from") != nullptr;
  if (from != (map.Optional("to") != nullptr)) {
    map.Complain(node.mark, "quiet_hours: from and to go together");
  } else if (!from && map.Optional("days") == nullptr) {
    map.Complain(node.mark, "quiet_hours needs from and to, or days, or all of them");
  }
  ReadTimeOfDay(map, "from", hours.from);
  ReadTimeOfDay(map, "to", hours.to);
  if (from && map.Optional("to") != nullptr && hours.from == hours.to) {
    map.Complain(node.mark,
                 "quiet_hours: from and to are the same; for whole days write days alone");
  }
  ReadDays(map, reading, hours);
  if (const Yaml* zone = map.Optional("time_zone")) {
    if (const auto found = FindTimeZone(zone->text)) {
      hours.zone = *found;
    } else {
      map.Complain(zone->mark, fmt::format("time_zone '{}' is not known to this system; write an "
                                           "IANA name such as Europe/Berlin",
                                           Printable(zone->text, 80)));
    }
  }
  for (std::string& severity : Words(map, "except", reading, kSeverities)) {
    hours.except.insert(std::move(severity));
  }
  map.Finish();
  return hours;
}

// A sink that is told nothing, ever, is no quiet one.
void CheckQuiet(const Yaml& node, YamlMap& map, const std::vector<QuietHours>& hours) {
  for (const std::string& severity : kSeverities) {
    if (!QuietAllWeek(hours, severity)) continue;
    return map.Complain(node.mark, fmt::format("quiet_hours hold back what is {} all week long: "
                                               "it would never be told",
                                               severity));
  }
}

RouteSpec ReadRoute(const Yaml& node, SinkReading& reading, const std::vector<std::string>& sinks) {
  RouteSpec route;
  YamlMap map = reading.Map(node, "a route");
  if (const Yaml* match = map.Optional("match")) ReadMatch(*match, reading, route);
  route.sinks = Words(map, "sinks", reading, sinks);
  if (map.Optional("sinks") == nullptr) {
    map.Complain(node.mark, "a route needs sinks, by their names");
  }
  if (const Yaml* quiet = map.Optional("quiet_hours")) {
    const std::vector<Yaml> alone{*quiet};
    for (const Yaml& item : quiet->kind == Yaml::Kind::kSequence ? quiet->items : alone) {
      route.quiet_hours.push_back(ReadQuietHours(item, reading));
    }
    CheckQuiet(*quiet, map, route.quiet_hours);
  }
  route.group_for = SpanOrZero(map, "group_for", Seconds(0));
  if (route.group_for > kLongestGroupFor) {
    map.Complain(map.Optional("group_for")->mark, "group_for is at most 1h");
  }
  route.last = map.BoolOr("last", false);
  map.Finish();
  return route;
}

}  // namespace

Seconds SpanOrZero(YamlMap& map, std::string_view key, Seconds fallback) {
  const Yaml* node = map.Optional(key);
  if (node == nullptr) return fallback;
  if (node->text == "0s" || node->text == "0m" || node->text == "0") return Seconds(0);
  if (const auto span = ParseDuration(node->text)) return *span;
  map.Complain(node->mark, fmt::format("{} must be a span such as 10m, or 0s", key));
  return fallback;
}

void CheckWord(YamlMap& map, const Yaml& node, std::string_view what,
               std::span<const std::string> words) {
  if (std::ranges::find(words, node.text) != words.end()) return;
  const std::vector<std::string_view> candidates(words.begin(), words.end());
  std::string message = fmt::format("{} cannot be '{}'", what, Printable(node.text, 100));
  if (const auto near = Nearest(node.text, candidates)) {
    message += fmt::format("; did you mean '{}'?", *near);
  } else {
    message += fmt::format("; it knows {}", words.empty() ? "none" : Join(words, ", "));
  }
  map.Complain(node.mark, std::move(message));
}

std::vector<RouteSpec> ReadRoutes(YamlMap& top, SinkReading& reading,
                                  const std::vector<std::string>& sinks) {
  const Yaml* list = top.Optional("routes");
  if (list == nullptr) {
    RouteSpec everything;
    everything.sinks = sinks;
    return {everything};
  }
  std::vector<RouteSpec> routes;
  if (list->kind != Yaml::Kind::kSequence) {
    top.Complain(list->mark, "routes must be a list");
    return routes;
  }
  if (list->items.empty() && !sinks.empty()) {
    top.Complain(list->mark,
                 "routes must not be empty: no alert would reach a sink; without routes each does");
  }
  for (const Yaml& item : list->items) {
    if (!routes.empty() && routes.back().last && routes.back().match.patterns.empty()) {
      top.Complain(item.mark,
                   "no alert comes to this route: the one before it takes all, and says last");
    }
    routes.push_back(ReadRoute(item, reading, sinks));
  }
  return routes;
}

std::optional<Heartbeat> ReadHeartbeat(YamlMap& top, SinkReading& reading,
                                       const std::vector<std::string>& sinks) {
  constexpr Seconds kLeast{10};
  const Yaml* node = top.Optional("heartbeat");
  if (node == nullptr) return std::nullopt;
  Heartbeat heartbeat;
  YamlMap map = reading.Map(*node, "heartbeat");
  heartbeat.sinks = Words(map, "sinks", reading, sinks);
  if (map.Optional("sinks") == nullptr) map.Complain(node->mark, "heartbeat needs sinks");
  heartbeat.every = reading.Span(map, "every", heartbeat.every);
  if (heartbeat.every < kLeast) {
    map.Complain(map.Optional("every")->mark, "heartbeat: every is at least 10s");
  }
  map.Finish();
  return heartbeat;
}

}  // namespace vdiwatch::server::alert
