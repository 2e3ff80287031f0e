#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "tests/load/scenario/cast.h"
#include "tests/load/scenario/storms.h"
#include "tests/load/scenario/story.h"
#include "tests/load/timetable.h"

namespace vdiwatch::sim {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kStorm = 10'000, kFewStorm = 300;
constexpr std::int64_t kTwoMinutes = 120;
constexpr std::chrono::minutes kPatience{9};
// Blocking lines: so many exchanges are under way at once.
constexpr int kAtOnce = 64;
constexpr const char* kPool = "boot-storm";

// Lets every machine boot and report at once, and again when it is told to, until it has.
class Storm {
 public:
  explicit Storm(Cast& cast) : cast_(cast) {}

  // Seconds until all had reported; less than all if patience ended.
  double Break() {
    const auto start = Steady::now();
    Timetable timetable(kAtOnce, [this](std::size_t index) { return Turn(index); });
    for (std::size_t i = 0; i < cast_.actors().size(); ++i) timetable.Add(i, start);
    std::unique_lock lock(mutex_);
    done_.wait_for(lock, kPatience, [&] { return reported_ == cast_.actors().size(); });
    return std::chrono::duration<double>(Steady::now() - start).count();
  }

  std::size_t reported() const { return reported_; }
  std::int64_t tries() const { return tries_; }

 private:
  Timetable::Moment Turn(std::size_t index) {
    SimMachine& machine = *cast_.actor(static_cast<int>(index)).machine;
    if (!machine.on() && !machine.Boot()) return Steady::now() + std::chrono::seconds(1);
    ++tries_;
    auto result = machine.CheckIn();
    if (!result.answer) return Steady::now() + result.next_in;
    if (++reported_ == cast_.actors().size()) {
      std::lock_guard lock(mutex_);
      done_.notify_all();
    }
    return Steady::now() + std::chrono::hours(24);
  }

  Cast& cast_;
  std::mutex mutex_;
  std::condition_variable done_;
  std::atomic<std::size_t> reported_ = 0;
  std::atomic<std::int64_t> tries_ = 0;
};

}  // namespace

Result<void> PlayBootStorm(const ScenarioOptions& options, Protocol& protocol) {
  int seats = options.seats > 0 ? options.seats : options.size == Size::kFull ? kStorm : kFewStorm;
  const SystemClock clock;
  Log log(Log::Level::kError);
  ASSIGN_OR_RETURN(auto daemon, OwnDaemon::Start({.check_in_every = Seconds(15 * 60)}, clock, log));
  Cast cast(*daemon, clock, kPool, seats, protocol);
  ASSIGN_OR_RETURN(std::string token, daemon->Token(kPool));
  cast.SetToken(token);
  for (int i = 0; i < seats; ++i) cast.Add(cast.HostName(i), InstantClone());
  protocol.Did(fmt::format("{} machines behind one address boot at once, {} exchanges at a time",
                           seats, kAtOnce));
  Storm storm(cast);
  double took = storm.Break();
  RETURN_IF_ERROR(daemon->Sweep());
  ASSIGN_OR_RETURN(Census census, cast.Count());
  ExpectOneDesktopEach(cast, census, seats);
  protocol.AtMost("seconds until all had enrolled and reported", kTwoMinutes,
                  static_cast<std::int64_t>(took + 0.999));
  protocol.Figure("enrolled and reported in", fmt::format("{:.1f} s", took));
  protocol.Figure("machines a second", fmt::format("{:.0f}", seats / took));
  protocol.Figure(
      "requests refused, unanswered",
      fmt::format("{}, {}", cast.traffic().refused.load(), cast.traffic().unanswered.load()));
  protocol.Figure("exchanges begun", fmt::format("{}", storm.tries()));
  return {};
}

}  // namespace vdiwatch::sim
