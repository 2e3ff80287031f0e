#include "tests/load/fleet.h"

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <vector>

#include "agent/backoff.h"
#include "base/text.h"
#include "tests/load/timetable.h"

namespace vdiwatch::sim {
namespace {

using std::chrono::milliseconds;

constexpr Seconds kReportEvery{10};

milliseconds RandomSpan(Seconds from, Seconds to) {
  auto width = static_cast<double>(milliseconds(to - from).count());
  return milliseconds(from) + milliseconds(static_cast<std::int64_t>(width * agent::RandomUnit()));
}

struct Member {
  std::unique_ptr<SimDesktop> desktop;
  int boots = 0;
  bool settled = false;  // its latest boot was told
};

class Fleet {
 public:
  Fleet(const FleetOptions& options, const Clock& clock, Log& log)
      : options_(options), clock_(clock), log_(log) {}

  Result<void> Recruit() {
    for (const auto& [name, token] : options_.tokens) {
      const PoolModel* pool = FindPool(name);
      if (pool == nullptr) continue;  // another agent's pool
      for (int number = 1; number <= pool->desktops; ++number) {
        members_.push_back(
            {std::make_unique<SimDesktop>(options_.site, *pool, number, token, clock_)});
      }
    }
    if (members_.empty()) return Invalid("the tokens are for none of the fleet's pools");
    return {};
  }

  void Run(agent::StopSignal& stop) {
    Timetable timetable(options_.threads, [this](std::size_t index) { return Live(index); });
    auto now = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < members_.size(); ++i) {
      timetable.Add(i, now + RandomSpan(Seconds(0), options_.boot_every));
    }
    std::optional<Timetable::Moment> end;
    if (options_.run_for) end = now + *options_.run_for;
    while (!stop.WaitFor(kReportEvery)) {
      Report();
      if (end && std::chrono::steady_clock::now() >= *end) break;
    }
  }

  void Report() {
    log_.Info("fleet: {} of {} desktops settled, {} check-ins, {} failures{}", settled_.load(),
              members_.size(), check_ins_.load(), failures_.load(), NewestProblem());
  }

 private:
  // One turn of a desktop: boots while it has boots to live through, then checks in as told.
  Timetable::Moment Live(std::size_t index) {
    Member& member = members_[index];
    auto now = std::chrono::steady_clock::now();
    bool boots = member.boots == 0 || (member.settled && member.boots < options_.boots);
    if (boots) {
      if (member.boots > 0) member.desktop->ShutDown();
      member.settled = false;
      if (auto booted = member.desktop->Boot(); !booted) {
        Note(booted.error());
        return now + options_.boot_every;
      }
      ++member.boots;
    }
    agent::StepResult result = member.desktop->CheckIn();
    if (result.problem) {
      Note(*result.problem);
      return now + result.next_in;
    }
    ++check_ins_;
    bool last_boot = member.boots >= options_.boots;
    if (!std::exchange(member.settled, true) && last_boot) ++settled_;
    if (!last_boot) return now + RandomSpan(options_.boot_every, options_.boot_every * 3 / 2);
    if (!options_.interval) return now + result.next_in;
    return now + RandomSpan(*options_.interval * 9 / 10, *options_.interval * 11 / 10);
  }

  void Note(const Error& problem) {
    ++failures_;
    std::lock_guard lock(mutex_);
    newest_problem_ = problem.message;
  }

  std::string NewestProblem() {
    std::lock_guard lock(mutex_);
    return newest_problem_.empty() ? "" : "; newest: " + std::exchange(newest_problem_, "");
  }

  const FleetOptions& options_;
  const Clock& clock_;
  Log& log_;
  std::vector<Member> members_;
  std::atomic<std::int64_t> settled_ = 0, check_ins_ = 0, failures_ = 0;
  std::mutex mutex_;
  std::string newest_problem_;
};

}  // namespace

Result<std::map<std::string, std::string, std::less<>>> ParseTokens(std::string_view text,
                                                                    std::string_view what) {
  std::map<std::string, std::string, std::less<>> tokens;
  int number = 0;
  for (std::string_view line : Split(text, '\n')) {
    ++number;
    line = Trim(line);
    if (line.empty() || line.starts_with('#')) continue;
    auto blank = line.find_first_of(" \t");
    std::string_view pool = line.substr(0, blank);
    std::string_view token = blank == std::string_view::npos ? "" : Trim(line.substr(blank));
    if (pool.ends_with(':')) pool.remove_suffix(1);
    if (pool.empty() || token.empty() || token.find_first_of(" \t") != std::string_view::npos) {
      return Invalid(fmt::format("{}:{}:1: must be a pool and its token", what, number));
    }
    tokens[std::string(pool)] = token;
  }
  return tokens;
}

Result<void> RunFleet(const FleetOptions& options, const Clock& clock, agent::StopSignal& stop,
                      Log& log) {
  Fleet fleet(options, clock, log);
  RETURN_IF_ERROR(fleet.Recruit());
  fleet.Run(stop);
  fleet.Report();
  return {};
}

}  // namespace vdiwatch::sim
