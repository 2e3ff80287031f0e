#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "collector/alert_book.h"
#include "server/alert/match.h"
#include "server/alert/quiet_hours.h"
#include "server/alert/sink.h"
#include "server/alert/sink_kinds.h"

namespace vdiwatch::server::alert {

struct RateSpec {
  int messages = 0;  // at once, and then spread …
  Seconds per{60};   // … over this span
};

struct SinkSpec {
  std::string name;
  std::string kind;  // "smtp"
  std::unique_ptr<Sink> sink;
  std::optional<RateSpec> rate;
};

// A pattern of a route, or a cause by its name, and where it stands: "alerts.yaml:5:13".
struct PlacedPattern {
  std::string label, pattern, place;
};

struct RouteSpec {
  Match match;
  std::vector<PlacedPattern> placed;  // the patterns of `match`
  std::vector<std::string> sinks;
  std::vector<QuietHours> quiet_hours;
  Seconds group_for{0};
  bool last = false;
};

struct Heartbeat {
  std::vector<std::string> sinks;
  Seconds every{5 * 60};
};

// Where nothing else is said a cause holds for one interval of check-ins before its alert opens: by
// then each desktop that is on has spoken.
collector::AlertTimings UsualTimings();

// alerts.yaml; docs/alerting.md describes each member.
struct AlertConfig {
  std::string dashboard;  // "https://vdiwatch.corp.example:7444"; empty: messages carry no links
  collector::AlertTimings timings = UsualTimings();
  std::vector<PlacedPattern> timed;  // the causes that timings_by_cause names
  Seconds longest_silence{30LL * 24 * 60 * 60};
  Seconds give_up_after{24 * 60 * 60};  // from a message's first attempt on
  std::vector<SinkSpec> sinks;
  std::vector<RouteSpec> routes;  // never empty where there are sinks
  std::optional<Heartbeat> heartbeat;
};

// Every mistake as a "file:line:col: message" line of one Invalid error. Reads the files of secrets
// that the sinks name. The sinks keep a reference to the clock.
Result<AlertConfig> ParseAlertConfig(std::string_view text, const std::filesystem::path& file,
                                     const Clock& clock,
                                     std::span<const SinkKind> kinds = SinkKinds());
inline constexpr std::size_t kMaxAlertConfigBytes = 256 << 10;

}  // namespace vdiwatch::server::alert
