#include "server/cli_token.h"

#include <fmt/format.h>

#include <map>
#include <ostream>

#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "collector/ca_rotation.h"
#include "collector/collector.h"
#include "collector/store/access_store.h"
#include "server/app.h"
#include "server/cli.h"
#include "server/cli_remote.h"
#include "server/duration.h"
#include "server/role.h"
#include "server/secrets.h"
#include "server/table.h"

namespace vdiwatch::server {
namespace {

struct TokenOptions {
  std::shared_ptr<std::string> config_file;
  std::string pool, name, role, id, cidr, note, expires;
  std::int64_t max_uses = 0;
  bool agent_config = false;
  std::vector<std::string> pools;  // globs that an API token is limited to
};

Result<collector::Database> Open(const TokenOptions& options) {
  ASSIGN_OR_RETURN(const Config config, LoadConfig(*options.config_file));
  return OpenStore(config);
}

Result<Time> ExpiryFrom(Time now, const std::string& text) {
  const auto span = ParseDuration(text);
  if (!span) return Invalid(fmt::format("--expires cannot be '{}'; write 12h or 30d", text));
  return now + *span;
}

Result<void> Audit(collector::AccessStore& accounts, std::string_view action,
                   const std::string& subject, const std::string& detail) {
  return accounts.Audit({SystemClock().Now(), LocalActor(), std::string(action), subject, detail});
}

// What agents trust, as they write it: the authority that is, and the one that comes next.
Result<std::string> PinsOf(const Config& config) {
  ASSIGN_OR_RETURN(const auto authorities, collector::ListAuthorities(config.ca_dir()));
  std::string pins;
  for (const auto& authority : authorities) {
    if (authority.role == "retired") continue;
    pins += (pins.empty() ? "" : " ") + authority.pin;
  }
  return pins;
}

// The port that agents call; of one that the daemon chose itself, what it runs on.
Result<std::uint16_t> AgentsPort(const Config& config) {
  if (config.agents.listen.port != 0) return config.agents.listen.port;
  auto text = ReadFile(config.ports_file(), 4096);
  auto ports = text ? ParseJson(*text, "ports.json") : Result<Json>(text.error());
  const auto port = ports ? ports->find("agents") : Json::iterator();
  if (!ports || port == ports->end() || !port->is_number_unsigned()) {
    return Unavailable("agents.listen names no port: start the daemon, which chooses one");
  }
  return port->get<std::uint16_t>();
}

// What an agent's configuration says, but for the token.
Result<std::string> AgentConfigText(const TokenOptions& options) {
  ASSIGN_OR_RETURN(const Config config, LoadConfig(*options.config_file));
  ASSIGN_OR_RETURN(const std::string pins, PinsOf(config));
  ASSIGN_OR_RETURN(const std::uint16_t port, AgentsPort(config));
  const std::string& host = config.agents.names.front();
  const bool ipv6 = host.find(':') != std::string::npos;
  return fmt::format("collector: https://{}{}{}:{}\nca_pin: {}\n", ipv6 ? "[" : "", host,
                     ipv6 ? "]" : "", port, pins);
}

Result<int> CreateToken(const TokenOptions& options, std::ostream& out) {
  const Time now = SystemClock().Now();
  ASSIGN_OR_RETURN(const Time expires, ExpiryFrom(now, options.expires));
  std::string agent_config;
  if (options.agent_config) {
    ASSIGN_OR_RETURN(agent_config, AgentConfigText(options));
  }
  ASSIGN_OR_RETURN(const auto database, Open(options));
  ASSIGN_OR_RETURN(const auto text, collector::CreateEnrolToken(*database.store,
                                                                {.pool = options.pool,
                                                                 .expires_at = expires,
                                                                 .max_uses = options.max_uses,
                                                                 .cidr = options.cidr,
                                                                 .note = options.note},
                                                                now));
  RETURN_IF_ERROR(
      Audit(*database.access, "enrol_token_created", options.pool, "until " + FormatTime(expires)));
  out << (options.agent_config ? fmt::format("{}token: {}\n", agent_config, text) : text + "\n");
  return 0;
}

std::string StateOf(const collector::EnrolToken& token, Time now) {
  if (token.revoked) return "revoked";
  if (token.expires_at <= now) return "expired";
  return token.max_uses > 0 && token.uses >= token.max_uses ? "used up" : "valid";
}

Result<int> ListTokens(const TokenOptions& options, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const auto database, Open(options));
  ASSIGN_OR_RETURN(const auto pools, database.store->Pools());
  ASSIGN_OR_RETURN(const auto tokens, database.store->EnrolTokens());
  std::map<std::int64_t, std::string> names;
  for (const collector::Pool& pool : pools) names[pool.id] = pool.name;
  Table table{{"ID", "POOL", "STATE", "EXPIRES", "USES", "CIDR", "NOTE"}, {}};
  const Time now = SystemClock().Now();
  for (const collector::EnrolToken& token : tokens) {
    const std::string uses = token.max_uses > 0 ? fmt::format("{}/{}", token.uses, token.max_uses)
                                                : std::to_string(token.uses);
    table.rows.push_back({{std::to_string(token.id)},
                          {names[token.pool_id]},
                          {StateOf(token, now)},
                          {FormatTime(token.expires_at)},
                          {uses},
                          {token.cidr},
                          {token.note}});
  }
  terminal.out << Render(table, terminal.width, terminal.color);
  return 0;
}

Result<int> RevokeToken(const TokenOptions& options, std::ostream& out) {
  ASSIGN_OR_RETURN(const auto database, Open(options));
  ASSIGN_OR_RETURN(const auto tokens, database.store->EnrolTokens());
  for (collector::EnrolToken token : tokens) {
    if (std::to_string(token.id) != options.id) continue;
    token.revoked = true;
    RETURN_IF_ERROR(database.store->SaveEnrolToken(token));
    RETURN_IF_ERROR(Audit(*database.access, "enrol_token_revoked", options.id, token.note));
    out << "token " << options.id << " enrols nobody from now on\n";
    return 0;
  }
  return NotFound("there is no enrolment token with the id " + options.id);
}

Result<int> CreateApiToken(const TokenOptions& options, std::ostream& out) {
  const Time now = SystemClock().Now();
  ASSIGN_OR_RETURN(const Time expires, ExpiryFrom(now, options.expires));
  const auto role = ParseRole(options.role);
  if (!role) {
    return Invalid(
        fmt::format("--role cannot be '{}'; it is viewer, operator, policy_editor or administrator",
                    options.role));
  }
  ASSIGN_OR_RETURN(const auto database, Open(options));
  const std::string text = NewApiToken();
  if (*role == Role::kAdministrator && !options.pools.empty()) {
    return Invalid("an administrator sees every pool; leave --pool out");
  }
  const collector::ApiToken token{Sha256(text), options.name, options.role,
                                  now,          expires,      options.pools};
  const std::string detail = options.role + " until " + FormatTime(expires);
  RETURN_IF_ERROR(database.access->AddApiToken(
      token, {now, LocalActor(), "api_token_created", options.name, detail}));
  out << text << "\n";
  return 0;
}

std::shared_ptr<std::string> AddOptionalConfig(CLI::App* command) {
  auto file = std::make_shared<std::string>();
  command->add_option("--config", *file, "On the server itself: the daemon's configuration")
      ->type_name("FILE");
  return file;
}

void AddTokenCreate(CommandLine& line, CLI::App* tokens) {
  CLI::App* create = tokens->add_subcommand("create", "Make one and print it, this once");
  const auto options = std::make_shared<TokenOptions>();
  options->config_file = AddConfigOption(create);
  options->expires = "30d";
  create
      ->add_option(
          "--pool", options->pool,
          "The pool it enrols into, made if it is not there; where the broker tells: unassigned")
      ->required();
  create->add_option("--expires", options->expires, "How long it is valid")->capture_default_str();
  create->add_option("--max-uses", options->max_uses, "How many desktops it enrols; 0: no limit");
  create->add_option("--cidr", options->cidr, "Only from these addresses, such as 10.1.0.0/16");
  create->add_option("--note", options->note, "What it is for");
  create->add_flag("--agent-config", options->agent_config,
                   "Print a whole agent.yaml with it, not the token alone");
  std::ostream& out = line.terminal.out;
  line.OnChosen(create, [options, &out] { return CreateToken(*options, out); });
}

// On the server itself with --config; else they ask the server of the profile.
void AddTokenListAndRevoke(CommandLine& line, CLI::App* tokens) {
  const auto options = std::make_shared<TokenOptions>();
  CLI::App* list = tokens->add_subcommand("list", "Show what tokens there are, not their text");
  options->config_file = AddOptionalConfig(list);
  const auto profile = AddProfileOption(list);
  const auto json = AddJsonFlag(list);
  const Terminal& terminal = line.terminal;
  line.OnChosen(list, [=, &terminal]() -> Result<int> {
    if (options->config_file->empty()) return ListTokensThere(*profile, *json, terminal);
    if (*json) return Invalid("--json needs the server: leave --config out");
    return ListTokens(*options, terminal);
  });

  const auto revoke_options = std::make_shared<TokenOptions>();
  CLI::App* revoke = tokens->add_subcommand("revoke", "End a token before its time");
  revoke_options->config_file = AddOptionalConfig(revoke);
  const auto revoke_profile = AddProfileOption(revoke);
  revoke->add_option("--id", revoke_options->id, "Its id, from `token list`")->required();
  std::ostream& out = line.terminal.out;
  line.OnChosen(revoke, [=, &out] {
    const bool here = !revoke_options->config_file->empty();
    return here ? RevokeToken(*revoke_options, out)
                : RevokeTokenThere(*revoke_profile, revoke_options->id, out);
  });
}

void AddApiTokenCreate(CommandLine& line, CLI::App* tokens) {
  CLI::App* create = tokens->add_subcommand("create", "Make one and print it, this once");
  const auto options = std::make_shared<TokenOptions>();
  options->config_file = AddConfigOption(create);
  options->role = "viewer";
  create->add_option("--name", options->name, "Who or what uses it")->required();
  create->add_option("--role", options->role, "viewer, operator, policy_editor or administrator")
      ->capture_default_str();
  create->add_option("--expires", options->expires, "How long it is valid, such as 90d")
      ->required();
  create->add_option("--pool", options->pools, "Only these pools; globs such as fin-*, repeatable");
  std::ostream& out = line.terminal.out;
  line.OnChosen(create, [options, &out] { return CreateApiToken(*options, out); });
}

}  // namespace

void AddTokens(CommandLine& line) {
  CLI::App* tokens = line.app.add_subcommand("token", "Enrolment tokens");
  tokens->require_subcommand(1);
  AddTokenCreate(line, tokens);
  AddTokenListAndRevoke(line, tokens);
  CLI::App* api_tokens = line.app.add_subcommand("api-token", "Tokens for the API");
  api_tokens->require_subcommand(1);
  AddApiTokenCreate(line, api_tokens);
  AddApiTokensThere(line, api_tokens);
}

}  // namespace vdiwatch::server
