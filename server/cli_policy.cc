#include "server/cli.h"
#include "server/policy_commands.h"

namespace vdiwatch::server {
namespace {

using PathsCommand = int (*)(const std::vector<std::string>&, std::ostream&, std::ostream&);

void AddOverPaths(CommandLine& line, CLI::App* parent, const char* name, const char* sentence,
                  PathsCommand run) {
  CLI::App* command = parent->add_subcommand(name, sentence);
  const auto paths = std::make_shared<std::vector<std::string>>();
  command->add_option("file", *paths, "Policy files, or directories of them")->required();
  const Terminal& terminal = line.terminal;
  line.OnChosen(
      command, [=, &terminal]() -> Result<int> { return run(*paths, terminal.out, terminal.err); });
}

void AddEval(CommandLine& line, CLI::App* parent) {
  CLI::App* eval = parent->add_subcommand("eval", "Judge a facts file by a policy");
  const auto options = std::make_shared<PolicyEvalOptions>();
  eval->add_option("--policy", options->policies, "Policy files; none: the built-in pack");
  eval->add_option("--facts", options->facts, "A facts file, vdiwatch-facts/1")->required();
  eval->add_option("--pool-attr", options->pool_attrs, "An attribute of the pool, name=value");
  eval->add_option("--at", options->at, "As of this time, RFC 3339; none: now");
  eval->add_flag("--json", options->json, "Print JSON and nothing else");
  const Terminal& terminal = line.terminal;
  line.OnChosen(eval, [options, &terminal]() -> Result<int> {
    return PolicyEval(*options, terminal.out, terminal.err);
  });
}

}  // namespace

void AddPolicy(CommandLine& line) {
  CLI::App* policy = line.app.add_subcommand("policy", "Check and try policy files, here");
  policy->require_subcommand(1);
  AddOverPaths(line, policy, "lint", "Show every mistake", &PolicyLint);
  AddOverPaths(line, policy, "test", "Run the rules' own tests", &PolicyTest);
  AddEval(line, policy);
}

}  // namespace vdiwatch::server
