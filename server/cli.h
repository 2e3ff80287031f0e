#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/config.h"

namespace vdiwatch::server {

// Where a command prints. Tests hand in string streams.
struct Terminal {
  std::ostream& out;
  std::ostream& err;
  bool color = false;
  std::size_t width = 100;
  bool progress = false;  // whether err is a terminal, where long work may show how far it is
};

// What the chosen command ends with: an exit code, or the error that becomes one line and a code.
using Command = std::function<Result<int>()>;

// What is wrong with options that are fine one by one, in a line; empty: nothing. Pure.
using Misuse = std::function<std::string()>;

// The command line while it is put together and parsed.
struct CommandLine {
  CLI::App app;
  Terminal terminal;
  Command chosen;
  Misuse misuse;  // of the chosen one; may be empty

  // A subcommand that runs `command` if it is the one given, and not misused.
  void OnChosen(CLI::App* subcommand, Command command, Misuse misuse = {});
};

// The parts of the command line, each in its own file.
void AddServe(CommandLine& line);                         // cli_serve.cc
void AddInit(CommandLine& line);                          // cli_init.cc
void AddCa(CommandLine& line);                            // cli_ca.cc
void AddTokens(CommandLine& line);                        // cli_token.cc: token, api-token
void AddUsers(CommandLine& line);                         // cli_user.cc
void AddUsersThere(CommandLine& line, CLI::App* users);   // cli_user_remote.cc
void AddAudit(CommandLine& line);                         // cli_audit.cc
void AddProfile(CommandLine& line);                       // cli_profile.cc
void AddPools(CommandLine& line);                         // cli_pool.cc
void AddDesktops(CommandLine& line);                      // cli_desktop.cc
void AddPolicy(CommandLine& line);                        // cli_policy.cc
void AddWaivers(CommandLine& line);                       // cli_waiver.cc
void AddRules(CommandLine& line);                         // cli_rule.cc
void AddReports(CommandLine& line);                       // cli_report.cc
void AddCompletion(CommandLine& line);                    // cli_completion.cc
void AddAlerts(CommandLine& line);                        // cli_alert.cc
void AddDeliveries(CommandLine& line, CLI::App* alerts);  // cli_delivery.cc
void AddSilences(CommandLine& line, CLI::App* alerts);    // cli_silence.cc
void AddPolicyPlan(CommandLine& line, CLI::App* policy);  // cli_policy_plan.cc
void AddReconcile(CommandLine& line, CLI::App* reports);  // cli_reconcile.cc
void AddSchedules(CommandLine& line, CLI::App* reports);  // cli_schedule.cc
void AddFeed(CommandLine& line);                          // cli_feed.cc
// cli_policy_export.cc
void AddPolicyExport(CommandLine& line, CLI::App* policy);

// Long work as a person sees it: one line on a terminal's stderr that the next one replaces; on
// anything else nothing. Gone with the object.
class Progress {
 public:
  explicit Progress(const Terminal& terminal) : terminal_(terminal) {}
  ~Progress() { Show(""); }
  Progress(const Progress&) = delete;

  void Show(std::string_view text);
  // "desktops [######----] 600 of 1000"; of 0: how many there are is not known yet.
  void Show(std::string_view what, std::int64_t done, std::int64_t of);

 private:
  const Terminal& terminal_;
  bool shown_ = false;
};

// Runs one command line without the program's name; the exit code as DESIGN §4 says.
int RunCommandLine(std::vector<std::string> arguments, const Terminal& terminal);

// The option `--config F`, required, of commands that work on the data directory.
std::shared_ptr<std::string> AddConfigOption(CLI::App* command);

// Who runs a local command, for the audit log: "local:NAME".
std::string LocalActor();

// The password in the file's first line, or a new random one where there is no file.
struct ChosenPassword {
  std::string text;
  bool generated = false;
};
Result<ChosenPassword> ChoosePassword(const std::string& password_file);

}  // namespace vdiwatch::server
