// Measures what docs/benchmarks.md, "Policy", reports: evaluation, a policy change, start-up and
// what-if over fleets of growing size at constant profiles.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "collector/collector.h"
#include "collector/profile.h"
#include "collector/store/open.h"
#include "policy/grades.h"
#include "policy/verdict_text.h"
#include "server/policy_plan.h"
#include "tests/bench/policy/bench_fleet.h"
#include "tests/bench/policy/machine_facts.h"

namespace vdiwatch::bench {
namespace {

// How long something took by the clock on the wall, and how much processor time this process spent
// meanwhile: on a busy machine the second tells more.
struct Span {
  double wall_s = 0;
  double cpu_s = 0;
};

class Stopwatch {
 public:
  Span Elapsed() const {
    using Fractional = std::chrono::duration<double>;
    return {Fractional(std::chrono::steady_clock::now() - wall_).count(),
            static_cast<double>(std::clock() - cpu_) / CLOCKS_PER_SEC};
  }

 private:
  std::chrono::steady_clock::time_point wall_ = std::chrono::steady_clock::now();
  std::clock_t cpu_ = std::clock();  // of all threads
};

template <class T>
T Must(Result<T> result) {
  if (result) return std::move(result).value();
  fmt::print(stderr, "{}\n", result.error().message);
  std::exit(70);
}

void Must(Result<void> result) {
  if (result) return;
  fmt::print(stderr, "{}\n", result.error().message);
  std::exit(70);
}

// The run with the median of the processor time.
Span Median(std::vector<Span> runs) {
  std::ranges::sort(runs, {}, &Span::cpu_s);
  return runs[runs.size() / 2];
}

// The median of five runs of `body`, in microseconds of processor time a call.
template <class Body>
double Microseconds(int calls, Body body) {
  std::vector<Span> runs;
  for (int run = 0; run < 5; ++run) {
    const Stopwatch watch;
    for (int call = 0; call < calls; ++call) body(call);
    runs.push_back(watch.Elapsed());
  }
  return Median(std::move(runs)).cpu_s * 1e6 / calls;
}

// A value of /proc/self/status in MiB: VmRSS, VmHWM.
double StatusMib(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with(key + ":")) continue;
    return std::stod(line.substr(key.size() + 1)) / 1024;
  }
  return 0;
}

// The built-in pack, and a rule on memory that half of the profiles fail from `least` MiB on.
policy::PolicySet PolicyFrom(std::int64_t least) {
  const std::string own = fmt::format(
      "pack: own\nrules:\n  - {{id: memory, title: Memory, severity: major, require: "
      "{{memory.total_mib: {{ge: {}}}}}}}\n",
      least);
  return Must(policy::RequireGood(policy::LoadPolicy({policy::BuiltInPack(), {"own.yaml", own}})));
}

void MeasureEvaluation() {
  const auto set = Must(policy::RequireGood(policy::LoadPolicy({policy::BuiltInPack()})));
  std::vector<Facts> machines;
  for (int i = 0; i < 64; ++i) machines.push_back(MachineFacts(i));
  const policy::PoolAttributes pool = {{"docker", "required"}, {"license", "docker_business"}};
  const Time now = FromUnix(1'800'000'000);
  std::size_t kept = 0;  // so that nothing is optimised away
  const double grades = Microseconds(20'000, [&](int i) {
    kept += policy::EvaluateGrades(set, machines[i % 64], pool, now).rules.size();
  });
  const double words = Microseconds(5'000, [&](int i) {
    kept += policy::Evaluate(set, machines[i % 64], pool, now).rules.size();
  });
  const double json = Microseconds(2'000, [&](int i) {
    const Facts& facts = machines[i % 64];
    kept += policy::VerdictText(policy::Evaluate(set, facts, pool, now), facts).size();
  });
  fmt::print(
      "evaluate one profile, {} rules: grades {:.2f} µs, with words {:.1f} µs, as stored "
      "{:.1f} µs{}\n",
      policy::RulesOf(set).size(), grades, words, json, kept == 0 ? "!" : "");
}

struct Row {
  Span make, first, start, change, plan, replay;
  std::int64_t moves = 0;
  double peak_mib = 0;
};

Row MeasureFleet(const std::filesystem::path& folder, const FleetSize& size) {
  const SystemClock clock;
  Log log(Log::Level::kError);
  Row row;
  const Stopwatch making;
  Must(MakeFleet(folder / "fleet.db", size, clock.Now()));
  row.make = making.Elapsed();
  const auto ca = Must(collector::Ca::OpenOrCreate(folder / "ca", clock.Now()));
  const auto start = [&](Span& span) {
    const Stopwatch watch;
    const auto database = Must(collector::OpenSqlite(folder / "fleet.db"));
    auto collector =
        Must(collector::Collector::Start({}, database.store, ca, PolicyFrom(0), "{}", clock, log));
    span = watch.Elapsed();
    return std::pair(database, std::move(collector));
  };
  start(row.first);
  auto [database, collector] = start(row.start);

  const auto median = [](auto body) {
    std::vector<Span> runs;
    for (int run = 0; run < 3; ++run) {
      const Stopwatch watch;
      body(run);
      runs.push_back(watch.Elapsed());
    }
    return Median(std::move(runs));
  };
  row.change = median([&](int run) {
    Must(collector->SetPolicy(PolicyFrom(12'288 + (run + 1) * size.profiles / 4), "{}"));
  });
  const auto current = PolicyFrom(12'288 + 3 * size.profiles / 4);
  const auto next = PolicyFrom(12'288 + size.profiles / 8);
  row.plan = median(
      [&](int) { Must(server::PlanFleet(*database.reader, current, next, clock.Now(), {})); });
  const Stopwatch replaying;
  const auto plan = Must(server::PlanFleet(*database.reader, current, next, clock.Now(),
                                           {.since = Seconds(30 * 86'400)}));
  row.replay = replaying.Elapsed();
  row.moves = plan.history->moves;
  row.peak_mib = StatusMib("VmHWM");
  return row;
}

std::string Text(const Span& span) {
  return fmt::format("{:.2f} ({:.2f}) s", span.wall_s, span.cpu_s);
}

int Run(const std::vector<std::string>& sizes) {
  MeasureEvaluation();
  fmt::print(
      "| desktops | store made | first start | start | policy change | plan | plan --since "
      "30d | moves | peak memory |\n|---|---|---|---|---|---|---|---|---|\n");
  for (const std::string& text : sizes) {
    const auto folder =
        std::filesystem::temp_directory_path() / ("vdiwatch-bench-" + Hex(RandomBytes(6)));
    std::filesystem::create_directories(folder);
    FleetSize size;
    size.desktops = ParseInteger(text).value_or(size.desktops);
    const Row row = MeasureFleet(folder, size);
    fmt::print("| {} | {} | {} | {} | {} | {} | {} | {} | {:.0f} MiB |\n", size.desktops,
               Text(row.make), Text(row.first), Text(row.start), Text(row.change), Text(row.plan),
               Text(row.replay), row.moves, row.peak_mib);
    std::fflush(stdout);
    std::filesystem::remove_all(folder);
  }
  return 0;
}

}  // namespace
}  // namespace vdiwatch::bench

// Usage: vdiwatch-bench-policy [DESKTOPS]…
int main(int argc, char** argv) {
  std::vector<std::string> sizes(argv + 1, argv + argc);
  if (sizes.empty()) sizes = {"10000", "100000", "1000000"};
  return vdiwatch::bench::Run(sizes);
}
