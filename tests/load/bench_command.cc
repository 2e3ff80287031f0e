#include "tests/load/bench_command.h"

#include <memory>

#include "agent/config.h"
#include "base/file.h"
#include "base/text.h"
#include "tests/load/bench.h"

namespace vdiwatch::sim {
namespace {

struct Arguments {
  std::string server, ca_file, token_file;
  BenchOptions options;
  int seconds = 4;
};

Result<void> RunCommand(Arguments arguments) {
  BenchOptions& options = arguments.options;
  ASSIGN_OR_RETURN(options.site.collector, agent::ParseCollectorAddress(arguments.server));
  options.ours.port = options.site.collector.port;
  ASSIGN_OR_RETURN(options.site.ca_pem, ReadFile(arguments.ca_file, 256 << 10));
  ASSIGN_OR_RETURN(options.site.fleet_key, agent::FleetKey(options.site.ca_pem));
  ASSIGN_OR_RETURN(std::string token, ReadFile(arguments.token_file, 4 << 10));
  options.token = Trim(token);
  options.span = std::chrono::seconds(arguments.seconds);
  return RunBench(options, SystemClock());
}

}  // namespace

void AddBench(CLI::App& app, std::function<Result<void>()>& chosen) {
  auto arguments = std::make_shared<Arguments>();
  BenchOptions& options = arguments->options;
  auto* bench =
      app.add_subcommand("bench", "Measures a daemon on loopback; see docs/benchmarks.md");
  bench->add_option("--server", arguments->server, "https://127.0.0.1:port of its agents' listener")
      ->required();
  bench->add_option("--pid", options.ours.pid, "Its process")->required();
  bench->add_option("--ca", arguments->ca_file, "Its CA, PEM")->required();
  bench->add_option("--token-file", arguments->token_file, "An enrolment token")->required();
  bench->add_option("--beside-port", options.beside.port, "A server to compare with, on loopback");
  bench->add_option("--beside-pid", options.beside.pid, "Its process");
  bench->add_option("--rounds", options.rounds, "Measurements of each kind")
      ->check(CLI::Range(1, 100));
  bench->add_option("--seconds", arguments->seconds, "Length of one measurement")
      ->check(CLI::Range(1, 600));
  bench->add_option("--seats", options.seats, "Desktops that ask at the same time")
      ->check(CLI::Range(1, 10000));
  bench->add_option("--idle", options.idle, "Idle connections whose memory is measured")
      ->check(CLI::Range(0, 20000));
  bench->add_option("--hostile", options.hostile, "Connections of an attack")
      ->check(CLI::Range(0, 100000));
  bench->add_flag("--overload", options.overload, "Also offer 2, 5 and 10 times the capacity");
  bench->callback(
      [&chosen, arguments] { chosen = [arguments] { return RunCommand(*arguments); }; });
}

}  // namespace vdiwatch::sim
