#include <ostream>

#include "server/cli.h"
#include "server/completion.h"

namespace vdiwatch::server {

void AddCompletion(CommandLine& line) {
  CLI::App* completion = line.app.add_subcommand(
      "completion", "Print the script that completes this command line in a shell");
  const auto shell = std::make_shared<std::string>();
  completion->add_option("shell", *shell, "bash, zsh or powershell")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "powershell"}));
  line.OnChosen(completion, [shell, &line]() -> Result<int> {
    // The tree that parsed this very line, so that no command can be missing.
    ASSIGN_OR_RETURN(const std::string script, CompletionScript(CommandsOf(line.app), *shell));
    line.terminal.out << script;
    return 0;
  });
}

}  // namespace vdiwatch::server
