
#include <CLI/CLI.hpp>
#include <cstdio>

#include "agent/config.h"
#include "agent/usage.h"
#include "base/file.h"
#include "tests/load/bench_command.h"
#include "tests/load/fleet.h"
#include "tests/load/scenario/command.h"

namespace vdiwatch::sim {
namespace {

struct Arguments {
  std::string server, ca_file, tokens_file, state_dir;
  int boots = 3, threads = 4;
  std::int64_t interval_s = 0, run_for_s = 0;
};

Result<FleetOptions> OptionsFrom(const Arguments& arguments) {
  FleetOptions options;
  ASSIGN_OR_RETURN(options.site.collector, agent::ParseCollectorAddress(arguments.server));
  ASSIGN_OR_RETURN(options.site.ca_pem, ReadFile(arguments.ca_file, 256 << 10));
  ASSIGN_OR_RETURN(std::string tokens, ReadFile(arguments.tokens_file, 256 << 10));
  ASSIGN_OR_RETURN(options.tokens, ParseTokens(tokens, arguments.tokens_file));
  ASSIGN_OR_RETURN(options.site.fleet_key, agent::FleetKey(options.site.ca_pem));
  options.site.state_dir = arguments.state_dir;
  options.boots = arguments.boots;
  options.threads = arguments.threads;
  if (arguments.interval_s > 0) options.interval = Seconds(arguments.interval_s);
  if (arguments.run_for_s > 0) options.run_for = Seconds(arguments.run_for_s);
  return options;
}

Result<void> RunFleetCommand(const Arguments& arguments) {
  agent::TerminationSignal stop;
  Log log;
  SystemClock clock;
  ASSIGN_OR_RETURN(FleetOptions options, OptionsFrom(arguments));
  return RunFleet(options, clock, stop, log);
}

void AddFleet(CLI::App& app, Arguments& arguments) {
  auto* fleet = app.add_subcommand("fleet", "A small believable fleet that checks in for ever");
  fleet->add_option("--server", arguments.server, "https://host:port of the agents' listener")
      ->required();
  fleet->add_option("--ca", arguments.ca_file, "The collector's CA, PEM")->required();
  fleet->add_option("--tokens", arguments.tokens_file, "Lines of a pool and its token")->required();
  fleet->add_option("--boots", arguments.boots, "Boots that each desktop lives through first")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  fleet->add_option("--state-dir", arguments.state_dir, "Where persistent desktops persist");
  fleet
      ->add_option("--interval", arguments.interval_s,
                   "Seconds between check-ins instead of the collector's word")
      ->check(CLI::PositiveNumber);
  fleet->add_option("--run-for", arguments.run_for_s, "Seconds until it ends by itself")
      ->check(CLI::PositiveNumber);
  fleet->add_option("--threads", arguments.threads, "Threads")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
}

Result<int> ExitCodeOf(Result<void> ran) { return ran ? Result<int>(0) : Result<int>(ran.error()); }

int Main(int argc, char** argv) {
  CLI::App app{"A fleet of simulated agents that speak the real protocol.", "vdiwatch-sim"};
  app.set_version_flag("--version", "vdiwatch-sim " VDIWATCH_VERSION);
  app.require_subcommand(1);
  Arguments arguments;
  std::function<Result<void>()> chosen = [&arguments] { return RunFleetCommand(arguments); };
  AddFleet(app, arguments);
  ScenarioArguments scenario;
  AddScenario(app, scenario);
  AddBench(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return agent::EndUsage(app, error);
  }
  auto ran = app.got_subcommand("scenario") ? RunScenarioCommand(scenario) : ExitCodeOf(chosen());
  if (ran) return *ran;
  std::fprintf(stderr, "vdiwatch-sim: %s\n", ran.error().message.c_str());
  return ExitCode(ran.error().kind);
}

}  // namespace
}  // namespace vdiwatch::sim

int main(int argc, char** argv) { return vdiwatch::sim::Main(argc, argv); }
