#include "server/cli.h"
#include "server/policy_commands.h"

namespace vdiwatch::server {
namespace {

using Check = int (*)(const PolicyCheckOptions&, std::ostream&, std::ostream&);

CLI::App* AddCheck(CommandLine& line, CLI::App* parent, const char* name, const char* sentence,
                   const std::shared_ptr<PolicyCheckOptions>& options, Check run) {
  CLI::App* command = parent->add_subcommand(name, sentence);
  command->add_option("file", options->paths, "Policy files, or directories of them")->required();
  command->add_option("--junit", options->junit, "Write a JUnit XML report to this file as well");
  const Terminal& terminal = line.terminal;
  line.OnChosen(command, [=, &terminal]() -> Result<int> {
    return run(*options, terminal.out, terminal.err);
  });
  return command;
}

void AddLint(CommandLine& line, CLI::App* parent) {
  const auto options = std::make_shared<PolicyCheckOptions>();
  CLI::App* lint = AddCheck(line, parent, "lint", "Show every mistake", options, &PolicyLint);
  lint->add_flag("--json", options->json, "Print JSON and nothing else");
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
  AddLint(line, policy);
  AddCheck(line, policy, "test", "Run the rules' own tests", std::make_shared<PolicyCheckOptions>(),
           &PolicyTest);
  AddEval(line, policy);
}

}  // namespace vdiwatch::server
