#include "server/cli_user.h"

#include <fmt/format.h>

#include <ostream>

#include "collector/store/access_store.h"
#include "server/api_access_json.h"
#include "server/app.h"
#include "server/cli_choices.h"
#include "server/cli_remote.h"
#include "server/secrets.h"
#include "server/user_name.h"

namespace vdiwatch::server {
namespace {

enum class Action { kAdd, kSetPassword };

// The user as stored after the action; it must be new, or must be there.
Result<collector::User> UserAfter(collector::AccessStore& accounts, const UserOptions& options,
                                  Action action) {
  ASSIGN_OR_RETURN(const auto known, accounts.FindUser(options.name));
  if (action == Action::kAdd && known) {
    return Conflict(fmt::format("there is a user '{}' already", options.name));
  }
  if (action == Action::kSetPassword && !known) {
    return NotFound(fmt::format("there is no user '{}'", options.name));
  }
  if (known && !known->local()) {
    return Conflict(
        fmt::format("'{}' signs in at the provider and has no password here", options.name));
  }
  if (known) return *known;
  RETURN_IF_ERROR(CheckUserName(options.name));
  collector::User user{options.name, "", options.role, options.pools};
  user.created_at = SystemClock().Now();
  return user;
}

// A new password ends the user's sessions.
Result<void> Store(collector::AccessStore& accounts, const collector::User& user, Action action) {
  const auto entry = [&](const char* what) -> collector::AuditEntry {
    return {SystemClock().Now(), LocalActor(), what, user.name, ReachText({user.role, user.pools})};
  };
  ASSIGN_OR_RETURN(const auto outcome,
                   action == Action::kAdd
                       ? accounts.AddUser(user, entry("user_added"))
                       : accounts.ChangeUser(user, "", entry("user_password_set")));
  if (outcome == collector::UserOutcome::kDone) return {};
  return Conflict(fmt::format("user '{}' was changed meanwhile; try again", user.name));
}

Result<int> SaveUser(const UserOptions& options, Action action, std::ostream& out) {
  ASSIGN_OR_RETURN(const Config config, LoadConfig(*options.config_file));
  ASSIGN_OR_RETURN(const auto password, ChoosePassword(options.password_file));
  ASSIGN_OR_RETURN(const auto database, OpenStore(config));
  ASSIGN_OR_RETURN(auto user, UserAfter(*database.access, options, action));
  ASSIGN_OR_RETURN(user.password_hash, HashPassword(password.text));
  RETURN_IF_ERROR(Store(*database.access, user, action));
  PrintUser(user.name, ReachText({user.role, user.pools}), password, out);
  return 0;
}

std::shared_ptr<UserOptions> AddUserOptions(CLI::App* command) {
  auto options = std::make_shared<UserOptions>();
  options->profile = AddProfileOption(command);
  options->config_file = AddLocalConfigOption(command);
  command->add_option("--name", options->name, "The user's name")->required();
  command->add_option("--password-file", options->password_file,
                      "Holds the password; without it one is made and printed");
  return options;
}

}  // namespace

void AddUsers(CommandLine& line) {
  CLI::App* users = line.app.add_subcommand("user", "Who may sign in");
  users->require_subcommand(1);
  std::ostream& out = line.terminal.out;

  CLI::App* add = users->add_subcommand("add", "Let somebody sign in with a password");
  const auto add_options = AddUserOptions(add);
  add->add_option("--role", add_options->role, "What they may do")
      ->check(IsRole())
      ->capture_default_str();
  add->add_option("--pool", add_options->pools,
                  "Only these pools; globs such as fin-*, repeatable");
  line.OnChosen(
      add,
      [add_options, &out] {
        return add_options->config_file->empty() ? AddUserThere(*add_options, out)
                                                 : SaveUser(*add_options, Action::kAdd, out);
      },
      [add_options] { return ReachMisuse(add_options->role, add_options->pools); });

  AddUsersThere(line, users);
  CLI::App* password = users->add_subcommand("password", "Set somebody's password anew");
  const auto password_options = AddUserOptions(password);
  line.OnChosen(password, [password_options, &out] {
    return password_options->config_file->empty()
               ? SetPasswordThere(*password_options, out)
               : SaveUser(*password_options, Action::kSetPassword, out);
  });
}

}  // namespace vdiwatch::server
