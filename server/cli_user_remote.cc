#include <ostream>

#include "base/text.h"
#include "server/cli_choices.h"
#include "server/cli_remote.h"
#include "server/cli_user.h"
#include "server/http.h"
#include "server/table.h"

namespace vdiwatch::server {
namespace {

struct ChangeOptions {
  std::shared_ptr<std::string> profile;
  std::string name, role;
  std::vector<std::string> pools;
  bool all_pools = false, disable = false, enable = false;
};

std::string PoolsText(const Json& user) {
  std::vector<std::string> pools;
  for (const Json& glob : user.value("pools", Json::array())) {
    if (glob.is_string()) pools.push_back(Printable(glob.get<std::string>()));
  }
  return pools.empty() ? "all" : Join(pools, ", ");
}

Result<int> ListUsers(const std::string& profile, bool json, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const Json answer, Ask(profile, "/api/v1/users"));
  if (json) return PrintJson(answer, terminal.out), 0;
  Table table{{"NAME", "ROLE", "POOLS", "KIND", "LAST SIGN-IN", ""}, {}};
  for (const Json& user : answer.value("users", Json::array())) {
    table.rows.push_back({{Text(user, "name"), Tint::kStrong},
                          {Text(user, "role")},
                          {PoolsText(user)},
                          {Text(user, "kind")},
                          {Text(user, "last_sign_in")},
                          {user.value("disabled", false) ? "disabled" : "", Tint::kWarning}});
  }
  terminal.out << Render(table, terminal.width, terminal.color);
  return 0;
}

std::string PathOf(const std::string& name) { return "/api/v1/users/" + PercentEncode(name); }

Result<int> ChangeUser(const ChangeOptions& options, std::ostream& out) {
  Json body = Json::object();
  if (!options.role.empty()) body["role"] = options.role;
  if (!options.pools.empty()) body["pools"] = options.pools;
  if (options.all_pools) body["pools"] = Json::array();
  if (options.disable || options.enable) body["disabled"] = options.disable;
  ASSIGN_OR_RETURN(const Json user, Change(*options.profile, PathOf(options.name), body));
  out << Text(user, "name") << ": " << Text(user, "role") << ", pools: " << PoolsText(user)
      << (user.value("disabled", false) ? ", disabled" : "") << "\n";
  return 0;
}

void AddChange(CommandLine& line, CLI::App* users) {
  CLI::App* change = users->add_subcommand("change", "Change what somebody may do");
  const auto options = std::make_shared<ChangeOptions>();
  options->profile = AddProfileOption(change);
  change->add_option("--name", options->name, "The user's name")->required();
  change->add_option("--role", options->role, "What they may do")->check(IsRole());
  CLI::Option* pools =
      change->add_option("--pool", options->pools, "Only these pools; globs, repeatable");
  change->add_flag("--all-pools", options->all_pools, "Every pool")->excludes(pools);
  CLI::Option* disable = change->add_flag("--disable", options->disable, "Let them in no more");
  change->add_flag("--enable", options->enable, "Let them in again")->excludes(disable);
  std::ostream& out = line.terminal.out;
  line.OnChosen(
      change, [=, &out] { return ChangeUser(*options, out); },
      [options] { return ReachMisuse(options->role, options->pools); });
}

// "operator of fin-*, hr", as the audit log has it.
std::string ReachOf(const Json& user) {
  const std::string pools = PoolsText(user);
  return Text(user, "role") + (pools == "all" ? "" : " of " + pools);
}

}  // namespace

void PrintUser(const std::string& name, const std::string& reach, const ChosenPassword& password,
               std::ostream& out) {
  out << "user:                 " << name << " (" << reach << ")\n";
  if (password.generated) out << "password, shown once: " << password.text << "\n";
}

Result<int> AddUserThere(const UserOptions& options, std::ostream& out) {
  ASSIGN_OR_RETURN(const auto password, ChoosePassword(options.password_file));
  Json wanted = {{"name", options.name}, {"role", options.role}, {"password", password.text}};
  if (!options.pools.empty()) wanted["pools"] = options.pools;
  ASSIGN_OR_RETURN(const Json user, Tell(*options.profile, "/api/v1/users", wanted));
  PrintUser(Text(user, "name"), ReachOf(user), password, out);
  return 0;
}

Result<int> SetPasswordThere(const UserOptions& options, std::ostream& out) {
  ASSIGN_OR_RETURN(const auto password, ChoosePassword(options.password_file));
  ASSIGN_OR_RETURN(const Json user,
                   Change(*options.profile, PathOf(options.name), {{"password", password.text}}));
  PrintUser(Text(user, "name"), ReachOf(user), password, out);
  return 0;
}

void AddUsersThere(CommandLine& line, CLI::App* users) {
  const Terminal& terminal = line.terminal;
  CLI::App* list = users->add_subcommand("list", "Who may sign in");
  const auto list_profile = AddProfileOption(list);
  const auto json = AddJsonFlag(list);
  line.OnChosen(list, [=, &terminal] { return ListUsers(*list_profile, *json, terminal); });
  AddChange(line, users);

  CLI::App* remove = users->add_subcommand("remove", "Remove somebody, with their API tokens");
  const auto profile = AddProfileOption(remove);
  const auto name = std::make_shared<std::string>();
  remove->add_option("--name", *name, "The user's name")->required();
  line.OnChosen(remove, [=, &terminal]() -> Result<int> {
    RETURN_IF_ERROR(Remove(*profile, PathOf(*name), true));
    terminal.out << "user " << Printable(*name) << " is removed\n";
    return 0;
  });
}

}  // namespace vdiwatch::server
