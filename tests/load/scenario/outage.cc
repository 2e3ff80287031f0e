#include <algorithm>
#include <cmath>
#include <mutex>
#include <queue>

#include "tests/load/scenario/cast.h"
#include "tests/load/scenario/storms.h"
#include "tests/load/scenario/story.h"

namespace vdiwatch::sim {
namespace {

constexpr int kWaiting = 10'000, kFewWaiting = 300;
constexpr Seconds kInterval{15 * 60};
constexpr Seconds kOutage{60 * 60};
constexpr Seconds kTick{60};
constexpr int kIntervalsAfter = 4;
constexpr Time kStart{Seconds(1'799'654'400)};
constexpr const char* kPool = "collector-outage";

// Whom the fleet's time calls when: each machine comes back when its agent says so.
class Schedule {
 public:
  Schedule(Cast& cast, ManualClock& clock) : cast_(cast), clock_(clock) {}

  void Add(Actor& actor, Time due) { queue_.push({due, &actor}); }

  // Lets this much time pass, minute by minute; how many exchanges began in each.
  Result<std::vector<std::int64_t>> Pass(Seconds time) {
    std::vector<std::int64_t> begun;
    for (const Time end = clock_.Now() + time; clock_.Now() < end;) {
      clock_.Advance(kTick);
      std::vector<Actor*> due;
      for (; !queue_.empty() && queue_.top().due <= clock_.Now(); queue_.pop()) {
        due.push_back(queue_.top().actor);
      }
      RETURN_IF_ERROR(ForEach(due, [this](Actor& actor) -> Result<void> {
        auto result = actor.machine->CheckIn();
        std::lock_guard lock(mutex_);
        // A minute is called at its end; within it, the agent came when it was due.
        queue_.push({clock_.Now() + result.next_in, &actor});
        return {};
      }));
      begun.push_back(static_cast<std::int64_t>(due.size()));
    }
    return begun;
  }

 private:
  struct Entry {
    Time due;
    Actor* actor;
    bool operator<(const Entry& other) const { return due > other.due; }
  };

  Cast& cast_;
  ManualClock& clock_;
  std::mutex mutex_;
  std::priority_queue<Entry> queue_;
};

std::int64_t Peak(const std::vector<std::int64_t>& minutes, std::size_t from, std::size_t to) {
  std::int64_t peak = 0;
  for (std::size_t i = from; i < std::min(to, minutes.size()); ++i) {
    peak = std::max(peak, minutes[i]);
  }
  return peak;
}

std::string MinutesText(const std::vector<std::int64_t>& minutes) {
  std::string text;
  for (std::size_t i = 0; i < minutes.size(); ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : i % 15 == 0 ? " | " : " ", minutes[i]);
  }
  return text;
}

}  // namespace

Result<void> PlayOutage(const ScenarioOptions& options, Protocol& protocol) {
  const int seats = options.seats > 0             ? options.seats
                    : options.size == Size::kFull ? kWaiting
                                                  : kFewWaiting;
  ManualClock clock(kStart);
  Log log(Log::Level::kError);
  ASSIGN_OR_RETURN(auto daemon, OwnDaemon::Start({.check_in_every = kInterval}, clock, log));
  Cast cast(*daemon, clock, kPool, seats, protocol);
  ASSIGN_OR_RETURN(std::string token, daemon->Token(kPool));
  cast.SetToken(token);
  Schedule schedule(cast, clock);
  const auto interval_s = static_cast<int>(kInterval.count());
  for (int i = 0; i < seats; ++i) {
    Actor& actor = cast.Add(cast.HostName(i), PersistentDesktop("4.44.3"));
    RETURN_IF_ERROR(actor.machine->Boot());
    schedule.Add(actor, clock.Now() + Seconds(static_cast<std::int64_t>(i) * interval_s / seats));
  }
  protocol.Did(fmt::format("{} machines report for an hour, every {} minutes", seats,
                           kInterval.count() / 60));
  ASSIGN_OR_RETURN(auto before, schedule.Pass(4 * kInterval));
  protocol.Did("the collector is away for an hour");
  daemon->Stop();
  ASSIGN_OR_RETURN(auto during, schedule.Pass(kOutage));
  protocol.Did(fmt::format("it comes back; {} intervals follow", kIntervalsAfter));
  RETURN_IF_ERROR(daemon->StartAgain());
  ASSIGN_OR_RETURN(auto after, schedule.Pass(kIntervalsAfter * kInterval));
  RETURN_IF_ERROR(daemon->Sweep());

  ASSIGN_OR_RETURN(Census census, cast.Count());
  ExpectOneDesktopEach(cast, census, seats);
  protocol.Equal("stale desktops at the end", 0, census.stale);
  protocol.Equal("machines that were ever told another desktop", 0, cast.Moved());
  // An even load is one fifteenth a minute; a random one of this size strays by a little.
  const std::size_t minutes = static_cast<std::size_t>(kInterval / kTick);
  const std::int64_t even = std::max<std::int64_t>(1, seats / static_cast<int>(minutes));
  const auto stray = static_cast<std::int64_t>(4 * std::sqrt(static_cast<double>(even)));
  for (int i = 1; i < kIntervalsAfter; ++i) {
    auto from = static_cast<std::size_t>(i) * minutes;
    protocol.AtMost(fmt::format("most check-ins in a minute of interval {}", i + 1),
                    even * 3 / 2 + stray, Peak(after, from, from + minutes));
  }
  protocol.Figure("even load, a minute", fmt::format("{}", even));
  protocol.Figure("a minute before", MinutesText(before));
  protocol.Figure("a minute while away", MinutesText(during));
  protocol.Figure("a minute after", MinutesText(after));
  protocol.Figure(
      "a second after, by interval (peak minute)",
      fmt::format("{:.1f}, {:.1f}, {:.1f}, {:.1f}; even {:.1f}", Peak(after, 0, minutes) / 60.0,
                  Peak(after, minutes, 2 * minutes) / 60.0,
                  Peak(after, 2 * minutes, 3 * minutes) / 60.0,
                  Peak(after, 3 * minutes, 4 * minutes) / 60.0, static_cast<double>(even) / 60.0));
  return {};
}

}  // namespace vdiwatch::sim
