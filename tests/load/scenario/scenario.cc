#include "tests/load/scenario/scenario.h"

#include <algorithm>
#include <chrono>

#include "tests/load/scenario/days.h"
#include "tests/load/scenario/storms.h"

namespace vdiwatch::sim {
namespace {

constexpr int kMixedSeats = 5000, kMixedDays = 8, kFewMixedSeats = 112, kFewMixedDays = 5;

Result<void> PlayMixed(const ScenarioOptions& options, Protocol& protocol) {
  const bool full = options.size == Size::kFull;
  int seats = options.seats > 0 ? options.seats : full ? kMixedSeats : kFewMixedSeats;
  int days = full ? kMixedDays : kFewMixedDays;
  std::vector<Part> parts;
  auto stories = static_cast<int>(Stories().size());
  for (const auto& story : Stories()) {
    parts.push_back({&story, seats / stories, std::min(days, story.days)});
  }
  return PlayDays(parts, protocol);
}

Result<void> PlayStory(const Story& story, const ScenarioOptions& options, Protocol& protocol) {
  const bool full = options.size == Size::kFull;
  int seats = options.seats > 0 ? options.seats : full ? story.seats : story.few_seats;
  const Part part{&story, seats, full ? story.days : story.few_days};
  return PlayDays({&part, 1}, protocol);
}

Result<void> Play(std::string_view name, const ScenarioOptions& options, Protocol& protocol) {
  for (const auto& story : Stories()) {
    if (story.name == name) return PlayStory(story, options, protocol);
  }
  if (name == "mixed") return PlayMixed(options, protocol);
  if (name == "boot-storm") return PlayBootStorm(options, protocol);
  return PlayOutage(options, protocol);
}

}  // namespace

std::vector<ScenarioName> ScenarioNames() {
  std::vector<ScenarioName> names;
  for (const auto& story : Stories()) names.push_back({story.name, story.what});
  names.push_back({"mixed", "All of the above at once, in one daemon, each in a pool of its own"});
  names.push_back({"boot-storm", "A site comes up behind one address, in real time"});
  names.push_back({"collector-outage", "The collector is away for an hour, and comes back"});
  return names;
}

Result<Protocol> PlayScenario(std::string_view name, const ScenarioOptions& options) {
  const auto names = ScenarioNames();
  if (std::ranges::find(names, name, &ScenarioName::name) == names.end()) {
    return NotFound(fmt::format("there is no scenario '{}'; `scenario --list` tells them", name));
  }
  Protocol protocol{std::string(name)};
  const auto start = std::chrono::steady_clock::now();
  if (auto played = Play(name, options, protocol); !played) protocol.Broke(played.error().message);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  protocol.Figure("wall-clock", fmt::format("{:.1f} s", took.count()));
  return protocol;
}

}  // namespace vdiwatch::sim
