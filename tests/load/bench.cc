#include "tests/load/bench.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include "tests/load/bench_hostile.h"
#include "tests/load/bench_load.h"
#include "tests/load/bench_server.h"

namespace vdiwatch::sim {
namespace {

using std::chrono::milliseconds;

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

constexpr std::pair<Handshake, const char*> kHandshakes[] = {
    {Handshake::kFull, "full"}, {Handshake::kResumed, "resumed"}, {Handshake::kKeptAlive, "kept"}};

class Bench {
 public:
  Bench(const BenchOptions& options, std::vector<BenchSeat> seats)
      : options_(options), seats_(std::move(seats)) {}

  void Run() {
    for (int round = 1; round <= options_.rounds; ++round) {
      for (auto [handshake, name] : kHandshakes) {
        Measure("vdiwatch", options_.ours, handshake, name);
        if (options_.beside.port) Measure("beside", options_.beside, handshake, name);
      }
    }
    if (options_.idle > 0) MeasureIdle();
    PrintMedians();
    if (options_.overload) Overload();
    if (options_.hostile > 0) Attack();
  }

 private:
  void Print(const std::string& line) {
    std::fputs((line + "\n").c_str(), stdout);
    std::fflush(stdout);
  }

  void Measure(const char* who, const BenchServer& server, Handshake handshake, const char* name) {
    for (BenchSeat& seat : seats_) seat.session.reset();
    // The first connections make the sessions that the others resume.
    if (handshake == Handshake::kResumed) {
      (void)RunClosedLoop(seats_, server.port, handshake, milliseconds(500));
    }
    const ServerUse before = UseOf(server.pid);
    LoadResult result = RunClosedLoop(seats_, server.port, handshake, options_.span);
    const ServerUse after = UseOf(server.pid);
    const double cpu_us = (after.cpu_us - before.cpu_us) /
                          static_cast<double>(std::max<std::int64_t>(1, result.answered));
    const std::string key = fmt::format("{} {}", name, who);
    rates_[key].push_back(result.per_second());
    costs_[key].push_back(cpu_us);
    Print(fmt::format(
        "{} per_s={:.0f} cpu_us={:.0f} p50_ms={:.1f} p99_ms={:.1f} resumed={} failed={}", key,
        result.per_second(), cpu_us, result.LatencyAt(0.5), result.LatencyAt(0.99), result.resumed,
        result.all() - result.answered));
  }

  // Waits for the answer.
  static bool IsAnswered(BenchConnection& connection) {
    for (;;) {
      auto state = connection.Advance();
      if (state == BenchConnection::State::kAnswered) return true;
      if (state == BenchConnection::State::kFailed) return false;
      const bool reads = state == BenchConnection::State::kWantRead;
      pollfd ready{connection.fd(), static_cast<short>(reads ? POLLIN : POLLOUT), 0};
      if (::poll(&ready, 1, 30'000) != 1) return false;
    }
  }

  // Connections that have asked once and are kept alive.
  double IdleKib(const BenchServer& server) {
    const ServerUse before = UseOf(server.pid);
    std::vector<std::unique_ptr<BenchConnection>> connections;
    for (int i = 0; i < options_.idle; ++i) {
      BenchSeat& seat = seats_[static_cast<std::size_t>(i) % seats_.size()];
      auto connection = std::make_unique<BenchConnection>(server.port, seat.context(), nullptr,
                                                          static_cast<unsigned int>(i));
      connection->Ask(seat.NextCheckIn(true));
      if (IsAnswered(*connection)) connections.push_back(std::move(connection));
    }
    if (connections.empty()) return 0;
    const ServerUse after = UseOf(server.pid);
    return static_cast<double>(after.resident_kib - before.resident_kib) /
           static_cast<double>(connections.size());
  }

  void MeasureIdle() {
    Print(fmt::format("idle vdiwatch kib={:.1f}", IdleKib(options_.ours)));
    if (options_.beside.port) {
      Print(fmt::format("idle beside kib={:.1f}", IdleKib(options_.beside)));
    }
  }

  void PrintMedians() {
    for (const auto& [key, rates] : rates_) {
      Print(fmt::format("median {} per_s={:.0f} cpu_us={:.0f}", key, Median(rates),
                        Median(costs_[key])));
    }
  }

  LoadResult Offer(double rate, milliseconds patience, Handshake handshake) {
    return RunOpenLoop(
        seats_, options_.ours.port,
        {.rate = rate, .handshake = handshake, .patience = patience, .duration = options_.span});
  }

  void PrintOffered(const std::string& name, double rate, const LoadResult& result) {
    Print(
        fmt::format("{} offered_per_s={:.0f} answered_per_s={:.0f} of_all={:.3f} refused={} "
                    "broken={} given_up={} p50_ms={:.1f} p99_ms={:.1f}",
                    name, rate, result.per_second(),
                    static_cast<double>(result.answered) /
                        static_cast<double>(std::max<std::int64_t>(1, result.all())),
                    result.refused, result.broken, result.timed_out, result.LatencyAt(0.5),
                    result.LatencyAt(0.99)));
  }

  // Impatient clients, full handshakes; capacity is what a closed loop got.
  void Overload() {
    const double capacity = Median(rates_["full vdiwatch"]);
    for (double times : {0.5, 2.0, 5.0, 10.0, 0.5}) {
      const double rate = capacity * times;
      PrintOffered(fmt::format("overload x{}", times), rate,
                   Offer(rate, milliseconds(1000), Handshake::kFull));
    }
  }

  // Honest desktops at a tenth of capacity, without and with the attack.
  void Attack() {
    const double rate = Median(rates_["full vdiwatch"]) / 10;
    const milliseconds patience(10'000);
    PrintOffered("quiet", rate, Offer(rate, patience, Handshake::kFull));
    HostileClients hostile(options_.ours.port, seats_.front(),
                           {.connections = static_cast<std::size_t>(options_.hostile)});
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (hostile.standing() < static_cast<std::size_t>(options_.hostile) * 9 / 10 &&
           std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(milliseconds(100));
    }
    for (int round = 1; round <= options_.rounds; ++round) {
      Print(fmt::format("hostile standing={} closed_so_far={}", hostile.standing(),
                        hostile.closed()));
      PrintOffered("attacked", rate, Offer(rate, patience, Handshake::kFull));
    }
  }

  const BenchOptions& options_;
  std::vector<BenchSeat> seats_;
  std::map<std::string, std::vector<double>> rates_, costs_;
};

}  // namespace

Result<void> RunBench(const BenchOptions& options, const Clock& clock) {
  collector::RaiseFileLimit(static_cast<std::uint64_t>(options.hostile + options.idle) + 20'000);
  ASSIGN_OR_RETURN(auto seats, EnrolSeats(options.site, options.token, options.seats, clock));
  Bench(options, std::move(seats)).Run();
  return {};
}

}  // namespace vdiwatch::sim
