#include "server/cli.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "base/file.h"
#include "base/text.h"
#include "server/secrets.h"

namespace vdiwatch::server {
namespace {

constexpr int kUsage = 64;  // EX_USAGE

// Every line stands for itself: a configuration may have several mistakes.
int Complain(const Error& error, std::ostream& err) {
  for (const std::string_view line : Split(error.message, '\n')) {
    err << "vdiwatch: " << line << "\n";
  }
  return ExitCode(error.kind);
}

// The code that a shell gives to a tool whose reader went away: 128 and SIGPIPE.
constexpr int kReaderGone = 128 + 13;

// Whether it is a pipe that nobody reads any more, as behind `| head`. The signal cannot tell:
// Poco blocks it.
bool ReaderIsGone(const std::ostream& out) {
  pollfd pipe{STDOUT_FILENO, POLLOUT, 0};
  return &out == &std::cout && poll(&pipe, 1, 0) == 1 && (pipe.revents & POLLERR) != 0;
}

// The code of a command that did its work, unless nobody could get to read what it printed.
int EndOutput(const Terminal& terminal, int code) {
  if (terminal.out.flush()) return code;
  if (ReaderIsGone(terminal.out)) return kReaderGone;
  terminal.err << "vdiwatch: cannot write the standard output\n";
  return kOutputLost;
}

int Refuse(std::string_view what, std::ostream& err) {
  err << "vdiwatch: " << what << " (see `vdiwatch --help`)\n";
  return kUsage;
}

// What is wrong with the command line; CLI11 itself asks for a subcommand where one is misspelt.
std::string Explain(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> extras = app.remaining(true);
  if (extras.empty()) {
    std::string what = error.what();
    std::ranges::replace(what, '\n', ' ');
    return Printable(what, 1000);
  }
  std::string text = fmt::format("'{}' is not expected here", Printable(extras[0]));
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  if (const auto near = Nearest(extras[0], candidates)) {
    text += fmt::format("; did you mean '{}'?", *near);
  }
  return text;
}

void AddCommands(CommandLine& line) {
  line.app.description("Which VDI pools may run Docker Desktop within Docker's support rules");
  line.app.name("vdiwatch");
  line.app.set_version_flag("--version", "vdiwatch " VDIWATCH_VERSION);
  line.app.require_subcommand(1);
  AddServe(line);
  AddInit(line);
  AddCa(line);
  AddTokens(line);
  AddUsers(line);
  AddAudit(line);
  AddProfile(line);
  AddPools(line);
  AddDesktops(line);
  AddPolicy(line);
  AddWaivers(line);
  AddRules(line);
  AddReports(line);
  AddCompletion(line);
  AddAlerts(line);
  AddFeed(line);
}

}  // namespace

void CommandLine::OnChosen(CLI::App* subcommand, Command command, Misuse wrong) {
  subcommand->callback([this, command = std::move(command), wrong = std::move(wrong)] {
    chosen = command;
    misuse = wrong;
  });
}

int RunCommandLine(std::vector<std::string> arguments, const Terminal& terminal) {
  CommandLine line{CLI::App(), terminal, nullptr, nullptr};
  AddCommands(line);
  std::ranges::reverse(arguments);  // CLI11 takes them from the back
  try {
    line.app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    const bool wanted = error.get_exit_code() == 0;  // --help, --version
    if (wanted) {
      line.app.exit(error, terminal.out, terminal.err);
      return EndOutput(terminal, 0);
    }
    return Refuse(Explain(line.app, error), terminal.err);
  }
  if (const std::string misuse = line.misuse ? line.misuse() : ""; !misuse.empty()) {
    return Refuse(misuse, terminal.err);
  }
  const Result<int> ended = line.chosen();
  return ended ? EndOutput(terminal, *ended) : Complain(ended.error(), terminal.err);
}

std::shared_ptr<std::string> AddConfigOption(CLI::App* command) {
  auto file = std::make_shared<std::string>();
  command->add_option("--config", *file, "The daemon's configuration, vdiwatch.yaml")
      ->required()
      ->type_name("FILE");
  return file;
}

std::string LocalActor() {
  for (const char* name : {"SUDO_USER", "USER", "LOGNAME"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return "local:" + Printable(value, 100);
  }
  return "local";
}

Result<ChosenPassword> ChoosePassword(const std::string& password_file) {
  if (password_file.empty()) return ChosenPassword{RandomText(24), true};
  ASSIGN_OR_RETURN(const std::string text, ReadFile(password_file, 64 << 10));
  const std::string_view password = Trim(std::string_view(text).substr(0, text.find('\n')));
  if (password.size() < kLeastPasswordLength || password.size() > kMaxPasswordBytes) {
    return Invalid(fmt::format("{}: a password needs {} to {} characters", password_file,
                               kLeastPasswordLength, kMaxPasswordBytes));
  }
  return ChosenPassword{std::string(password), false};
}

}  // namespace vdiwatch::server
