#include <fmt/format.h>

#include <ostream>

#include "collector/ca.h"
#include "collector/store/access_store.h"
#include "server/app.h"
#include "server/cli.h"
#include "server/role.h"
#include "server/secrets.h"
#include "server/user_name.h"

namespace vdiwatch::server {
namespace {

struct InitOptions {
  std::shared_ptr<std::string> config_file;
  std::string admin = "admin";
  std::string password_file;
};

// Only the daemon's own account may look inside: the store, the CA's key.
Result<void> MakeDataDir(const std::filesystem::path& directory) {
  std::error_code failed;
  const bool made = std::filesystem::create_directories(directory, failed);
  if (!failed && made) {
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, failed);
  }
  if (failed) {
    return Unavailable(
        fmt::format("cannot make data_dir {}: {}", directory.string(), failed.message()));
  }
  return {};
}

Result<void> AddAdministrator(collector::AccessStore& accounts, const std::string& name,
                              const std::string& password) {
  ASSIGN_OR_RETURN(const std::string hash, HashPassword(password));
  const Time now = SystemClock().Now();
  collector::User user{name, hash, std::string(ToString(Role::kAdministrator))};
  user.created_at = now;
  RETURN_IF_ERROR(accounts.AddUser(user, {now, LocalActor(), "user_added", name, user.role}));
  return {};
}

Result<int> Init(const InitOptions& options, std::ostream& out) {
  RETURN_IF_ERROR(CheckUserName(options.admin));
  ASSIGN_OR_RETURN(const Config config, LoadConfig(*options.config_file));
  ASSIGN_OR_RETURN(const auto password, ChoosePassword(options.password_file));
  RETURN_IF_ERROR(MakeDataDir(config.data_dir));
  ASSIGN_OR_RETURN(const auto database, OpenStore(config));
  ASSIGN_OR_RETURN(const auto ca, OpenCa(config, SystemClock().Now()));
  ASSIGN_OR_RETURN(const auto users, database.access->CountUsers());
  if (users > 0) {
    return Conflict(fmt::format("{} is set up already; add people with `vdiwatch user add`",
                                config.data_dir.string()));
  }
  RETURN_IF_ERROR(AddAdministrator(*database.access, options.admin, password.text));
  out << "data directory:        " << config.data_dir.string() << "\n"
      << "certificate authority: " << (config.ca_dir() / "ca.pem").string() << "\n"
      << "administrator:         " << options.admin << "\n";
  if (password.generated) {
    out << "password, shown once:  " << password.text << "\n";
  }
  return 0;
}

}  // namespace

void AddInit(CommandLine& line) {
  CLI::App* init = line.app.add_subcommand(
      "init", "Make the data directory, the certificate authority and the first administrator");
  const auto options = std::make_shared<InitOptions>();
  options->config_file = AddConfigOption(init);
  init->add_option("--admin", options->admin, "The administrator's name")
      ->capture_default_str()
      ->type_name("NAME");
  init->add_option("--password-file", options->password_file,
                   "Holds the password; without it one is made and printed")
      ->type_name("FILE");
  std::ostream& out = line.terminal.out;
  line.OnChosen(init, [options, &out] { return Init(*options, out); });
}

}  // namespace vdiwatch::server
