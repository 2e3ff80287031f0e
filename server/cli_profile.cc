#include <fmt/format.h>

#include <ostream>

#include "base/file.h"
#include "base/text.h"
#include "server/cli.h"
#include "server/cli_remote.h"

namespace vdiwatch::server {
namespace {

struct ProfileOptions {
  std::shared_ptr<std::string> file;
  std::string server, ca_file, token, token_file;
};

Result<int> SetProfile(const ProfileOptions& options, std::ostream& out) {
  ClientProfile profile{options.server, "", options.token};
  while (profile.server.ends_with('/')) profile.server.pop_back();
  if (!options.ca_file.empty()) {
    profile.ca_file = std::filesystem::absolute(options.ca_file).lexically_normal();
    RETURN_IF_ERROR(CheckReadable(profile.ca_file));
  }
  if (!options.token_file.empty()) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(options.token_file, 64 << 10));
    profile.token = Trim(text);
  }
  if (profile.token.empty()) return Invalid(options.token_file + ": holds no API token");
  ASSIGN_OR_RETURN(const auto file, ProfilePath(*options.file));
  RETURN_IF_ERROR(SaveClientProfile(file, profile));
  out << "profile: " << file.string() << "\n";
  return 0;
}

Result<int> ShowProfile(const std::string& wanted, std::ostream& out) {
  ASSIGN_OR_RETURN(const auto file, ProfilePath(wanted));
  ASSIGN_OR_RETURN(const auto profile, LoadClientProfile(file));
  out << "profile: " << file.string() << "\n"
      << "server:  " << profile.server << "\n"
      << "ca_file: " << profile.ca_file.string() << "\n"
      << "token:   <secret>\n";
  return 0;
}

std::string MisuseOf(const ProfileOptions& options) {
  if (!options.server.starts_with("https://")) {
    return fmt::format("--server '{}' must be an https:// address", Printable(options.server));
  }
  if (options.token.empty() && options.token_file.empty()) {
    return "give the API token with --token or --token-file";
  }
  return "";
}

}  // namespace

void AddProfile(CommandLine& line) {
  CLI::App* profile = line.app.add_subcommand("profile", "The server that this account asks");
  profile->require_subcommand(1);
  std::ostream& out = line.terminal.out;

  CLI::App* set = profile->add_subcommand("set", "Keep server, authority and token");
  const auto options = std::make_shared<ProfileOptions>();
  options->file = AddProfileOption(set);
  set->add_option("--server", options->server, "Its address, https://HOST:PORT")->required();
  set->add_option("--ca-file", options->ca_file, "The authority behind its certificate, PEM");
  CLI::Option* token = set->add_option("--token", options->token, "An API token");
  set->add_option("--token-file", options->token_file, "A file that holds it")->excludes(token);
  line.OnChosen(
      set, [options, &out] { return SetProfile(*options, out); },
      [options] { return MisuseOf(*options); });

  CLI::App* show = profile->add_subcommand("show", "Print it, without the token");
  const auto file = AddProfileOption(show);
  line.OnChosen(show, [file, &out] { return ShowProfile(*file, out); });
}

}  // namespace vdiwatch::server
