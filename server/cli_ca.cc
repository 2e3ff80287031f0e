#include <fmt/format.h>

#include <ostream>

#include "collector/ca_rotation.h"
#include "collector/store/access_store.h"
#include "server/app.h"
#include "server/cli.h"
#include "server/table.h"

namespace vdiwatch::server {
namespace {

struct CaOptions {
  std::shared_ptr<std::string> config_file;
  bool force = false, abort = false, pin = false;
};

Result<void> Audit(const Config& config, std::string_view action,
                   const collector::AuthorityInfo& info) {
  ASSIGN_OR_RETURN(const auto database, OpenStore(config));
  return database.access->Audit(
      {SystemClock().Now(), LocalActor(), std::string(action), info.name, info.fingerprint});
}

Result<int> ListCa(const CaOptions& options, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const Config config, LoadConfig(*options.config_file));
  ASSIGN_OR_RETURN(const auto all, collector::ListAuthorities(config.ca_dir()));
  Table table{{"ROLE", "NAME", "VALID FROM", "UNTIL", "SHA-256"}, {}};
  for (const auto& info : all) {
    table.rows.push_back({{info.role},
                          {info.name},
                          {FormatTime(info.not_before)},
                          {FormatTime(info.not_after)},
                          {info.fingerprint}});
  }
  terminal.out << Render(table, terminal.width, terminal.color);
  return 0;
}

Result<int> ShowCa(const CaOptions& options, std::ostream& out) {
  ASSIGN_OR_RETURN(const Config config, LoadConfig(*options.config_file));
  ASSIGN_OR_RETURN(const auto all, collector::ListAuthorities(config.ca_dir()));
  std::string pins;
  for (const auto& info : all) {
    if (info.role == "retired") continue;
    pins += (pins.empty() ? "" : " ") + info.pin;
    if (!options.pin) out << info.pem;
  }
  if (options.pin) out << pins << "\n";
  return 0;
}

Result<int> Abort(const Config& config, std::ostream& out) {
  ASSIGN_OR_RETURN(const auto dropped, collector::AbortRotation(config.ca_dir()));
  RETURN_IF_ERROR(Audit(config, "ca.rotation_aborted", dropped));
  out << "The next authority is gone; the present one stays.\n";
  return 0;
}

Result<int> Rotate(const CaOptions& options, std::ostream& out) {
  ASSIGN_OR_RETURN(const Config config, LoadConfig(*options.config_file));
  if (options.abort) return Abort(config, out);
  ASSIGN_OR_RETURN(const std::string passphrase, CaPassphrase(config));
  ASSIGN_OR_RETURN(const auto next,
                   collector::BeginRotation(config.ca_dir(), SystemClock().Now(), passphrase));
  RETURN_IF_ERROR(Audit(config, "ca.rotation_begun", next));
  out << "next authority: " << next.name << "\n"
      << "Restart the daemon. Agents learn the next authority when they renew; put what\n"
      << "`vdiwatch ca show` prints into the ca_file of images and deployments, or what\n"
      << "`vdiwatch ca show --pin` prints into their ca_pin. Then, after two weeks:\n"
      << "`vdiwatch ca retire`.\n";
  return 0;
}

// Agents whose certificate the present authority signed would be locked out without it.
Result<void> CheckNobodyNeedsIt(const Config& config) {
  ASSIGN_OR_RETURN(const auto in_use, collector::RotationInUseSince(config.ca_dir()));
  if (!in_use) return {};  // then it is not retired either
  ASSIGN_OR_RETURN(const auto database, OpenStore(config));
  const Seconds lifetime = collector::CollectorOptions().certificate_lifetime;
  ASSIGN_OR_RETURN(const auto left, database.reader->CertificatesUntil(*in_use + lifetime));
  if (left == 0) return {};
  return Conflict(fmt::format(
      "{} still {} a certificate of the present authority and would be locked out; wait for the "
      "renewal, or say --force",
      left == 1 ? "1 desktop" : fmt::format("{} desktops", left), left == 1 ? "has" : "have"));
}

Result<int> Retire(const CaOptions& options, std::ostream& out) {
  ASSIGN_OR_RETURN(const Config config, LoadConfig(*options.config_file));
  ASSIGN_OR_RETURN(const std::string passphrase, CaPassphrase(config));
  if (!options.force) RETURN_IF_ERROR(CheckNobodyNeedsIt(config));
  ASSIGN_OR_RETURN(const auto retired, collector::RetireAuthority(config.ca_dir(), passphrase));
  RETURN_IF_ERROR(Audit(config, "ca.retired", retired));
  out << "retired: " << retired.name << "\n"
      << "Restart the daemon. From then on its certificates are trusted by agents that know the\n"
      << "new authority alone; give `profile set --ca-file` the new ca.pem, too.\n";
  return 0;
}

}  // namespace

void AddCa(CommandLine& line) {
  CLI::App* ca = line.app.add_subcommand("ca", "The certificate authority, on the server itself");
  ca->require_subcommand(1);
  const Terminal& terminal = line.terminal;
  const auto add = [&](const char* name, const char* what) {
    CLI::App* command = ca->add_subcommand(name, what);
    const auto options = std::make_shared<CaOptions>();
    options->config_file = AddConfigOption(command);
    return std::pair(command, options);
  };
  const auto [list, list_options] = add("list", "What authorities there are");
  line.OnChosen(list, [options = list_options, &terminal] { return ListCa(*options, terminal); });
  const auto [show, show_options] = add("show", "Print what agents must trust, as PEM");
  show->add_flag("--pin", show_options->pin, "As the `ca_pin` of agents instead");
  line.OnChosen(show,
                [options = show_options, &terminal] { return ShowCa(*options, terminal.out); });
  const auto [rotate, rotate_options] = add("rotate", "Make the authority that comes next");
  rotate->add_flag("--abort", rotate_options->abort, "Drop one that no daemon has used yet");
  line.OnChosen(rotate,
                [options = rotate_options, &terminal] { return Rotate(*options, terminal.out); });
  const auto [retire, retire_options] = add("retire", "Let the next authority take its place");
  retire->add_flag("--force", retire_options->force, "Even if agents are locked out");
  line.OnChosen(retire,
                [options = retire_options, &terminal] { return Retire(*options, terminal.out); });
}

}  // namespace vdiwatch::server
