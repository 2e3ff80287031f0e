#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>

#include "agent/commands.h"
#include "agent/config.h"
#include "agent/path.h"
#include "agent/service.h"
#include "agent/start.h"
#include "agent/usage.h"

namespace vdiwatch::agent {
namespace {

// Everything the command line says, where CLI11 writes it.
struct Options {
  ConfigChoice config{.file = DefaultConfigFile(), .named = false};
  std::string out, evidence;
  bool json = false, check_only = false, early = false;
};

void AddConfig(CLI::App& command, Options& options) {
  auto take = [&options](const std::string& file) { options.config = {PathOf(file), true}; };
  command.add_option_function<std::string>("--config", take, "Configuration file")
      ->default_str(options.config.file.string());
}

void AddReadingCommands(CLI::App& app, Options& options, Command& chosen) {
  auto* evidence = app.add_subcommand("evidence", "Record this machine's raw readings");
  evidence->add_option("--out", options.out, "File to write instead of the standard output");
  evidence->callback([&] { chosen = [&] { return RecordEvidence(options.out); }; });

  auto* facts = app.add_subcommand("facts", "Show what the readings mean");
  facts->add_option("--evidence", options.evidence, "A recording instead of this machine");
  facts->add_flag("--json", options.json, "JSON instead of a table");
  facts->callback([&] { chosen = [&] { return ShowFacts(options.evidence, options.json); }; });

  app.add_subcommand("plan", "List everything the agent may read, with reasons")->callback([&] {
    chosen = [] { return ShowPlan(); };
  });

  auto* status = app.add_subcommand("status", "Show the last verdict the collector sent");
  status->add_flag("--json", options.json, "JSON instead of text");
  AddConfig(*status, options);
  status->callback([&] { chosen = [&] { return ShowStatus(options.config, options.json); }; });
}

void AddReportingCommands(CLI::App& app, Options& options, Command& chosen) {
  auto* run = app.add_subcommand("run", "Check in whenever it is due, until told to stop");
  AddConfig(*run, options);
  run->callback([&] { chosen = [&] { return RunService(options.config); }; });

  auto* check_in = app.add_subcommand("check-in", "Check in once, now");
  AddConfig(*check_in, options);
  check_in->callback([&] { chosen = [&] { return CheckInOnce(options.config); }; });
}

void AddUpkeepCommands(CLI::App& app, Options& options, Command& chosen) {
  auto* reset = app.add_subcommand("reset-identity", "Forget key and certificate; enrol anew");
  AddConfig(*reset, options);
  reset->callback([&] { chosen = [&] { return ResetIdentity(options.config); }; });

  auto* forget = app.add_subcommand("forget", "Remove all that the agent ever wrote: it is going");
  AddConfig(*forget, options);
  forget->callback([&] { chosen = [&] { return Forget(options.config); }; });

  auto* seal = app.add_subcommand("seal", "Make a golden image clean of this machine's traces");
  seal->add_flag("--check", options.check_only,
                 "Only say what is left; exit code 1 if anything is");
  AddConfig(*seal, options);
  seal->callback([&] { chosen = [&] { return Seal(options.config, options.check_only); }; });

  auto* config = app.add_subcommand("config", "The configuration in force");
  config->require_subcommand(1);
  auto* show = config->add_subcommand("show", "Print it, secrets hidden");
  AddConfig(*show, options);
  show->callback([&] { chosen = [&] { return PrintConfig(options.config); }; });
  auto* check = config->add_subcommand("check", "Say what keeps the agent from starting with it");
  check->add_flag("--early", options.early, "Before files are in place: miss none, nor a token");
  AddConfig(*check, options);
  check->callback([&] { chosen = [&] { return CheckConfig(options.config, options.early); }; });
}

int Main(int argc, char** argv) {
  StartProgram();
  CLI::App app{"Reports what this virtual desktop is to the vdiwatch collector.", "vdiwatch-agent"};
  app.set_version_flag("--version", "vdiwatch-agent " VDIWATCH_VERSION);
  app.require_subcommand(1);
  Options options;
  Command chosen;
  AddReadingCommands(app, options, chosen);
  AddReportingCommands(app, options, chosen);
  AddUpkeepCommands(app, options, chosen);
  AddServiceCommand(app, chosen);
  try {
    app.parse(ReversedArguments(argc, argv));
  } catch (const CLI::ParseError& error) {
    return EndUsage(app, error);
  }
  auto code = chosen();
  if (code) return EndOutput(app.get_name(), *code);
  std::fprintf(stderr, "vdiwatch-agent: %s\n", code.error().message.c_str());
  return ExitCode(code.error().kind);
}

}  // namespace
}  // namespace vdiwatch::agent

int main(int argc, char** argv) { return vdiwatch::agent::Main(argc, argv); }
