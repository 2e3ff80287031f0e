#include <fmt/format.h>

#include <ostream>

#include "base/file.h"
#include "policy/policy_set.h"
#include "server/cli.h"
#include "server/intune_export.h"

namespace vdiwatch::server {
namespace {

namespace fs = std::filesystem;

struct ExportCommand {
  std::vector<std::string> policies;
  std::string out;
  bool with_built_in = false;
};

Result<policy::PolicySet> LoadFor(const ExportCommand& command) {
  std::vector<policy::PolicyFile> files;
  if (command.with_built_in || command.policies.empty()) files.push_back(policy::BuiltInPack());
  for (const auto& path : command.policies) {
    ASSIGN_OR_RETURN(auto read, policy::ReadPolicyFiles(path));
    for (auto& file : read) files.push_back(std::move(file));
  }
  return policy::RequireRules(policy::LoadPolicy(files));
}

Result<int> ExportIntune(const ExportCommand& command, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const policy::PolicySet set, LoadFor(command));
  ASSIGN_OR_RETURN(const IntuneCompliance made, ExportIntuneCompliance(set));
  std::error_code error;
  fs::create_directories(command.out, error);
  if (error) return Unavailable(fmt::format("cannot make {}: {}", command.out, error.message()));
  const fs::path script = fs::path(command.out) / "vdiwatch-discovery.ps1";
  const fs::path rules = fs::path(command.out) / "vdiwatch-rules.json";
  RETURN_IF_ERROR(WriteOutput(script, made.discovery, FileMode::kPublic));
  RETURN_IF_ERROR(WriteOutput(rules, made.rules, FileMode::kPublic));
  terminal.out << script.string() << "\n" << rules.string() << "\n";
  return 0;
}

}  // namespace

void AddPolicyExport(CommandLine& line, CLI::App* policy) {
  CLI::App* parent = policy->add_subcommand("export", "Make other systems' files out of a policy");
  parent->require_subcommand(1);
  CLI::App* intune = parent->add_subcommand(
      "intune", "Custom compliance: the discovery script, and the rules beside it");
  const auto command = std::make_shared<ExportCommand>();
  intune->add_option("--policy", command->policies,
                     "Policy files, or directories of them; none: the built-in pack");
  intune->add_flag("--with-built-in", command->with_built_in,
                   "The built-in pack beside them, as the daemon has it by default");
  intune->add_option("--out", command->out, "The folder for the two files")->required();
  const Terminal& terminal = line.terminal;
  line.OnChosen(intune, [command, &terminal] { return ExportIntune(*command, terminal); });
}

}  // namespace vdiwatch::server
