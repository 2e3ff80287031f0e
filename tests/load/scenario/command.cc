#include "tests/load/scenario/command.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "tests/load/scenario/scenario.h"

namespace vdiwatch::sim {

void AddScenario(CLI::App& app, ScenarioArguments& arguments) {
  auto* scenario = app.add_subcommand(
      "scenario", "Plays a scenario against a daemon of its own, and checks its end state");
  scenario->add_option("name", arguments.name, "One of those that --list tells");
  scenario->add_flag("--list", arguments.list, "Tells the scenarios");
  scenario->add_flag("--json", arguments.json, "Prints JSON");
  scenario->add_flag("--small", arguments.small, "Fewer machines and days, as in the tests");
  scenario->add_option("--seats", arguments.seats, "So many machines instead of its own number")
      ->check(CLI::Range(16, 20'000));
}

Result<int> RunScenarioCommand(const ScenarioArguments& arguments) {
  if (arguments.list) {
    for (const auto& [name, what] : ScenarioNames()) fmt::print("{:<24} {}\n", name, what);
    return 0;
  }
  if (arguments.name.empty()) return Invalid("which scenario? `scenario --list` tells them");
  ASSIGN_OR_RETURN(
      Protocol protocol,
      PlayScenario(arguments.name, {.size = arguments.small ? Size::kSmall : Size::kFull,
                                    .seats = arguments.seats}));
  fmt::print("{}", arguments.json ? protocol.ToJson().dump(2) + "\n" : protocol.ToText());
  return protocol.held() ? 0 : 1;
}

}  // namespace vdiwatch::sim
