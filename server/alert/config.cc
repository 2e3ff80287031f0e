#include "server/alert/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "base/yaml.h"
#include "policy/rule.h"
#include "server/alert/config_routes.h"
#include "server/alert/config_values.h"
#include "server/alert/fleet_watch.h"

namespace vdiwatch::server::alert {
namespace {

using policy::AlertTiming;

constexpr std::size_t kMostSinks = 50;

AlertTiming ReadTiming(const Yaml& node, std::string_view what, SinkReading& reading,
                       AlertTiming timing) {
  YamlMap map = reading.Map(node, what);
  timing.hold = SpanOrZero(map, "hold", timing.hold);
  timing.clear_hold = SpanOrZero(map, "clear_hold", timing.clear_hold);
  timing.remind_every = SpanOrZero(map, "remind_every", timing.remind_every);
  map.Finish();
  return timing;
}

void ReadTimings(YamlMap& top, SinkReading& reading, AlertConfig& config) {
  collector::AlertTimings& timings = config.timings;
  if (const Yaml* usual = top.Optional("timings")) {
    timings.usual = ReadTiming(*usual, "timings", reading, timings.usual);
    // What some causes have of their own stays: their hold, and the waivers' reminders.
    for (auto& [cause, timing] : timings.by_cause) {
      timing.clear_hold = timings.usual.clear_hold;
      if (cause != policy::kWaiverExpiring) timing.remind_every = timings.usual.remind_every;
    }
  }
  const Yaml* causes = top.Optional("timings_by_cause");
  if (causes == nullptr) return;
  if (causes->kind != Yaml::Kind::kMap) {
    return top.Complain(causes->mark, "timings_by_cause must map causes to timings");
  }
  for (const YamlEntry& entry : causes->entries) {
    const Mark mark = entry.key.mark;
    if (entry.key.text.find_first_of("*?[\\") != std::string::npos) {
      top.Complain(mark, "timings_by_cause takes causes by their names, and no patterns");
    }
    config.timed.push_back(
        {"cause", entry.key.text, fmt::format("{}:{}:{}", reading.file, mark.line, mark.column)});
    timings.by_cause[entry.key.text] =
        ReadTiming(entry.value, entry.key.text, reading, timings.Of(entry.key.text));
  }
}

std::optional<RateSpec> ReadRate(const Yaml& node, SinkReading& reading) {
  constexpr std::int64_t kMostMessages = 100'000;
  YamlMap map = reading.Map(node, "rate");
  const std::int64_t messages = map.IntegerOr("messages", 0);
  if (messages < 1 || messages > kMostMessages) {
    map.Complain(node.mark, "rate needs messages, from 1 to 100000");
  }
  const Seconds per = reading.Span(map, "per", Seconds(60));
  map.Finish();
  if (messages < 1 || messages > kMostMessages) return std::nullopt;
  return RateSpec{static_cast<int>(messages), per};
}

std::string KindNames(std::span<const SinkKind> kinds) {
  std::vector<std::string> names;
  for (const SinkKind& kind : kinds) names.emplace_back(kind.key);
  return Join(names, ", ");
}

SinkSpec ReadSink(const Yaml& node, SinkReading& reading, std::span<const SinkKind> kinds) {
  SinkSpec spec;
  YamlMap map = reading.Map(node, "a sink");
  spec.name = map.Text("name");
  if (spec.name.size() > 100 || FindControl(spec.name)) {
    map.Complain(node.mark, "a sink's name has at most 100 bytes, and no control characters");
  }
  int found = 0;
  for (const SinkKind& kind : kinds) {
    const Yaml* settings = map.Optional(kind.key);
    if (settings == nullptr || ++found > 1) continue;
    spec.kind = kind.key;
    spec.sink = kind.read(*settings, reading);
  }
  if (found != 1) {
    map.Complain(node.mark,
                 fmt::format("a sink has exactly one of {}; this one has {}", KindNames(kinds),
                             found == 0 ? std::string("none") : std::to_string(found)));
  }
  if (const Yaml* rate = map.Optional("rate")) spec.rate = ReadRate(*rate, reading);
  map.Finish();
  return spec;
}

void ReadSinks(YamlMap& top, SinkReading& reading, std::span<const SinkKind> kinds,
               std::vector<SinkSpec>& sinks) {
  const Yaml* list = top.Optional("sinks");
  if (list == nullptr) return;
  if (list->kind != Yaml::Kind::kSequence || list->items.size() > kMostSinks) {
    return top.Complain(list->mark, fmt::format("sinks must be a list of at most {}", kMostSinks));
  }
  std::set<std::string> names;
  for (const Yaml& item : list->items) {
    sinks.push_back(ReadSink(item, reading, kinds));
    if (!names.insert(sinks.back().name).second) {
      top.Complain(item.mark,
                   fmt::format("two sinks are named '{}'", Printable(sinks.back().name, 100)));
    }
  }
}

std::string ReadDashboard(YamlMap& top) {
  const Yaml* node = top.Optional("dashboard");
  if (node == nullptr) return "";
  std::string url = node->text;
  while (url.ends_with('/')) url.pop_back();
  const bool web = url.starts_with("https://") || url.starts_with("http://");
  if (node->kind != Yaml::Kind::kScalar || !web || url.find_first_of(" \t\"<>?#") != url.npos) {
    top.Complain(node->mark, "dashboard must be an address such as https://vdiwatch.example:7444");
    return "";
  }
  return url;
}

void ReadSpans(YamlMap& top, SinkReading& reading, AlertConfig& config) {
  if (const Yaml* silences = top.Optional("silences")) {
    YamlMap map = reading.Map(*silences, "silences");
    config.longest_silence = reading.Span(map, "longest", config.longest_silence);
    map.Finish();
  }
  config.give_up_after = reading.Span(top, "give_up_after", config.give_up_after);
}

AlertConfig ReadTop(const Yaml& node, SinkReading& reading, std::span<const SinkKind> kinds) {
  AlertConfig config;
  YamlMap top = reading.Map(node, "the alerts' configuration");
  config.dashboard = reading.dashboard = ReadDashboard(top);
  ReadTimings(top, reading, config);
  ReadSpans(top, reading, config);
  ReadSinks(top, reading, kinds, config.sinks);
  std::vector<std::string> names;
  for (const SinkSpec& sink : config.sinks) names.push_back(sink.name);
  config.routes = ReadRoutes(top, reading, names);
  config.heartbeat = ReadHeartbeat(top, reading, names);
  top.Finish();
  return config;
}

Error AllOf(std::vector<Diagnostic>& diagnostics) {
  SortByPlace(diagnostics);
  std::vector<std::string> lines;
  for (const Diagnostic& diagnostic : diagnostics) lines.push_back(ToString(diagnostic));
  return Invalid(Join(lines, "\n"));
}

}  // namespace

collector::AlertTimings UsualTimings() {
  collector::AlertTimings timings;
  timings.usual.hold = Seconds(15 * 60);
  // Nothing that desktops still report could excuse a file that was refused.
  timings.by_cause[std::string(kPolicyRefused)] = {};
  timings.by_cause[std::string(kAlertsFileRefused)] = {};
  return timings;
}

Result<AlertConfig> ParseAlertConfig(std::string_view text, const std::filesystem::path& file,
                                     const Clock& clock, std::span<const SinkKind> kinds) {
  std::vector<Diagnostic> diagnostics;
  const std::vector<Yaml> documents = ParseYaml(text, file.string(), diagnostics);
  if (!diagnostics.empty()) return AllOf(diagnostics);
  if (documents.size() != 1) {
    return Invalid(fmt::format("{}:1:1: expected one document with sinks", file.string()));
  }
  SinkReading reading{file.string(), std::filesystem::absolute(file).parent_path(), diagnostics, "",
                      clock};
  AlertConfig config = ReadTop(documents[0], reading, kinds);
  if (!diagnostics.empty()) return AllOf(diagnostics);
  return config;
}

}  // namespace vdiwatch::server::alert
