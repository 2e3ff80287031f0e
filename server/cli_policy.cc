#include <ostream>

#include "base/text.h"
#include "policy/file_name.h"
#include "server/cli.h"
#include "server/cli_choices.h"
#include "server/cli_remote.h"
#include "server/http.h"
#include "server/policy_commands.h"
#include "server/table.h"

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
  eval->add_option("--pool-attr", options->pool_attrs, "An attribute of the pool, name=value")
      ->check(IsNameValue());
  eval->add_option("--at", options->at, "As of this time, RFC 3339; none: now")->check(IsTime());
  eval->add_flag("--json", options->json, "Print JSON and nothing else");
  const Terminal& terminal = line.terminal;
  line.OnChosen(eval, [options, &terminal]() -> Result<int> {
    return PolicyEval(*options, terminal.out, terminal.err);
  });
}

Result<int> ListSets(const std::string& profile, bool json, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const Json answer, Ask(profile, "/api/v1/policy-sets"));
  if (json) return PrintJson(answer, terminal.out), 0;
  Table table{{"FIRST IN FORCE", "NOW", "DIGEST"}, {}};
  for (const Json& set : answer.value("policy_sets", Json::array())) {
    const bool in_force = set.value("in_force", false);
    table.rows.push_back({{Text(set, "first_in_force")},
                          {in_force ? "in force" : "", Tint::kGood},
                          {Text(set, "digest")}});
  }
  terminal.out << Render(table, terminal.width, terminal.color);
  return 0;
}

// The files as they were, each under a comment with its name: YAML that lint takes again.
Result<int> ShowSet(const std::string& profile, const std::string& digest, bool json,
                    const Terminal& terminal) {
  ASSIGN_OR_RETURN(const Json set, Ask(profile, "/api/v1/policy-sets/" + PercentEncode(digest)));
  if (json) return PrintJson(set, terminal.out), 0;
  terminal.out << "# " << Text(set, "digest") << ", first in force " << Text(set, "first_in_force")
               << "\n";
  const Json files = set.value("files", Json::object());
  for (const auto& [name, text] : files.items()) {
    terminal.out << "---\n# " << Printable(policy::BaseName(name)) << "\n"
                 << text.get<std::string>() << "\n";
  }
  return 0;
}

void AddSets(CommandLine& line, CLI::App* parent) {
  const Terminal& terminal = line.terminal;
  CLI::App* sets =
      parent->add_subcommand("sets", "The policy sets that were in force, newest first");
  const auto sets_profile = AddProfileOption(sets);
  const auto sets_json = AddJsonFlag(sets);
  line.OnChosen(sets, [=, &terminal] { return ListSets(*sets_profile, *sets_json, terminal); });

  CLI::App* show = parent->add_subcommand("show", "The files of a policy set");
  const auto show_profile = AddProfileOption(show);
  const auto show_json = AddJsonFlag(show);
  const auto digest = std::make_shared<std::string>();
  show->add_option("digest", *digest, "Its digest, or how that begins")->required();
  line.OnChosen(show,
                [=, &terminal] { return ShowSet(*show_profile, *digest, *show_json, terminal); });
}

}  // namespace

void AddPolicy(CommandLine& line) {
  CLI::App* policy =
      line.app.add_subcommand("policy", "Check and try policy files; see what was in force");
  policy->require_subcommand(1);
  AddLint(line, policy);
  AddCheck(line, policy, "test", "Run the rules' own tests", std::make_shared<PolicyCheckOptions>(),
           &PolicyTest);
  AddEval(line, policy);
  AddSets(line, policy);
  AddPolicyPlan(line, policy);
  AddPolicyExport(line, policy);
}

}  // namespace vdiwatch::server
