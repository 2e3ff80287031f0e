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
#include "server/api_access_json.h"
#include "server/app.h"
#include "server/cli.h"
#include "server/cli_choices.h"
#include "server/cli_remote.h"
#include "server/duration.h"
#include "server/secrets.h"
#include "server/system.h"
#include "server/table.h"
#include "server/user_name.h"

namespace vdiwatch::server {
namespace {

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
Result<std::string> AgentConfigHere(const TokenOptions& options) {
  ASSIGN_OR_RETURN(const Config config, LoadConfig(*options.config_file));
  ASSIGN_OR_RETURN(const std::string pins, PinsOf(config));
  ASSIGN_OR_RETURN(const std::uint16_t port, AgentsPort(config));
  return AgentConfigText(AgentsUrl(config.agents.names.front(), port), pins);
}

Result<int> CreateToken(const TokenOptions& options, std::ostream& out) {
  const Time now = SystemClock().Now();
  ASSIGN_OR_RETURN(const Time expires, ExpiryFrom(now, options.expires));
  std::string agent_config;
  if (options.agent_config) {
    ASSIGN_OR_RETURN(agent_config, AgentConfigHere(options));
  }
  ASSIGN_OR_RETURN(const auto database, Open(options));
  ASSIGN_OR_RETURN(const auto text, collector::CreateEnrolToken(*database.store,
                                                                {.pool = options.pool,
                                                                 .expires_at = expires,
                                                                 .max_uses = options.max_uses,
                                                                 .cidr = options.cidr,
                                                                 .note = options.note},
                                                                now));
  ASSIGN_OR_RETURN(const auto stored, database.store->FindEnrolToken(Sha256(text)));
  if (!stored) return Internal("the new enrolment token was not stored");
  RETURN_IF_ERROR(
      Audit(*database.access, "enrol_token_created", options.pool, EnrolTokenText(*stored)));
  out << (options.agent_config ? fmt::format("{}token: {}\n", agent_config, text) : text + "\n");
  return 0;
}

std::string StateOf(const collector::EnrolToken& token, Time now) {
  if (token.revoked) return "revoked";
  if (token.expires_at <= now) return "expired";
  return token.max_uses > 0 && token.uses >= token.max_uses ? "used up" : "valid";
}

using Names = std::map<std::int64_t, std::string>;
Result<Names> PoolNames(collector::Store& store) {
  ASSIGN_OR_RETURN(const auto pools, store.Pools());
  Names names;
  for (const collector::Pool& pool : pools) names[pool.id] = pool.name;
  return names;
}

Result<int> ListTokens(const TokenOptions& options, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const auto database, Open(options));
  ASSIGN_OR_RETURN(auto names, PoolNames(*database.store));
  ASSIGN_OR_RETURN(const auto tokens, database.store->EnrolTokens());
  Table table{{"ID", "POOL", "STATE", "EXPIRES", "USES", "CIDR", "NOTE"}, {}};
  const Time now = SystemClock().Now();
  for (const collector::EnrolToken& token : tokens) {
    const std::string uses = token.max_uses > 0 ? fmt::format("{}/{}", token.uses, token.max_uses)
                                                : std::to_string(token.uses);
    table.rows.push_back({{std::to_string(token.id)},
                          {Printable(names[token.pool_id])},
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
  ASSIGN_OR_RETURN(auto names, PoolNames(*database.store));
  ASSIGN_OR_RETURN(const auto tokens, database.store->EnrolTokens());
  for (collector::EnrolToken token : tokens) {
    if (std::to_string(token.id) != options.id) continue;
    token.revoked = true;
    RETURN_IF_ERROR(database.store->SaveEnrolToken(token));
    RETURN_IF_ERROR(Audit(*database.access, "enrol_token_revoked", names[token.pool_id],
                          "token " + options.id));
    out << "token " << options.id << " enrols nobody from now on\n";
    return 0;
  }
  return NotFound("there is no enrolment token with the id " + options.id);
}

Result<int> CreateApiToken(const TokenOptions& options, std::ostream& out) {
  const Time now = SystemClock().Now();
  ASSIGN_OR_RETURN(const Time expires, ExpiryFrom(now, options.expires));
  RETURN_IF_ERROR(CheckLabel("--name", options.name));
  ASSIGN_OR_RETURN(const auto database, Open(options));
  const std::string text = NewApiToken();
  const collector::ApiToken token{Sha256(text), options.name, options.role,
                                  now,          expires,      options.pools};
  RETURN_IF_ERROR(database.access->AddApiToken(
      token, {now, LocalActor(), "api_token_created", options.name, ApiTokenText(token)}));
  out << text << "\n";
  return 0;
}

// `--config` for work on the server itself, else `--profile` and maybe `--json` for that of one.
std::shared_ptr<TokenOptions> AddTokenOptions(CLI::App* command, bool prints_json = true) {
  auto options = std::make_shared<TokenOptions>();
  options->profile = AddProfileOption(command);
  if (prints_json) options->json = AddJsonFlag(command);
  options->config_file = AddLocalConfigOption(command);
  return options;
}

void AddTokenCreate(CommandLine& line, CLI::App* tokens) {
  CLI::App* create = tokens->add_subcommand("create", "Make one and print it, this once");
  const auto options = AddTokenOptions(create);
  options->expires = "30d";
  create
      ->add_option(
          "--pool", options->pool,
          "The pool it enrols into, made if it is not there; where the broker tells: unassigned")
      ->required();
  create->add_option("--expires", options->expires, "How long it is valid")
      ->check(IsSpan())
      ->capture_default_str();
  create->add_option("--max-uses", options->max_uses, "How many desktops it enrols; 0: no limit")
      ->check(IsNotNegative());
  create->add_option("--cidr", options->cidr, "Only from these addresses, such as 10.1.0.0/16");
  create->add_option("--note", options->note, "What it is for");
  create
      ->add_flag("--agent-config", options->agent_config,
                 "Print a whole agent.yaml with it, not the token alone")
      ->excludes("--json");
  std::ostream& out = line.terminal.out;
  line.OnChosen(create, [options, &out] {
    return options->here() ? CreateToken(*options, out) : CreateTokenThere(*options, out);
  });
}

// On the server itself with --config; else they ask the server of the profile.
void AddTokenListAndRevoke(CommandLine& line, CLI::App* tokens) {
  CLI::App* list = tokens->add_subcommand("list", "Show what tokens there are, not their text");
  const auto options = AddTokenOptions(list);
  const Terminal& terminal = line.terminal;
  line.OnChosen(list, [=, &terminal]() -> Result<int> {
    return options->here() ? ListTokens(*options, terminal)
                           : ListTokensThere(*options->profile, *options->json, terminal);
  });

  CLI::App* revoke = tokens->add_subcommand("revoke", "End a token before its time");
  const auto revoke_options = AddTokenOptions(revoke, false);
  revoke->add_option("--id", revoke_options->id, "Its id, from `token list`")->required();
  std::ostream& out = line.terminal.out;
  line.OnChosen(revoke, [=, &out] {
    return revoke_options->here()
               ? RevokeToken(*revoke_options, out)
               : RevokeTokenThere(*revoke_options->profile, revoke_options->id, out);
  });
}

void AddApiTokenCreate(CommandLine& line, CLI::App* tokens) {
  CLI::App* create = tokens->add_subcommand("create", "Make one and print it, this once");
  const auto options = AddTokenOptions(create);
  options->role = "viewer";
  create->add_option("--name", options->name, "Who or what uses it")->required();
  create->add_option("--role", options->role, "What it may do")
      ->check(IsRole())
      ->capture_default_str();
  create->add_option("--expires", options->expires, "How long it is valid, such as 90d")
      ->check(IsSpan())
      ->required();
  create->add_option("--pool", options->pools, "Only these pools; globs such as fin-*, repeatable");
  std::ostream& out = line.terminal.out;
  line.OnChosen(
      create,
      [options, &out] {
        return options->here() ? CreateApiToken(*options, out) : CreateApiTokenThere(*options, out);
      },
      [options] { return ReachMisuse(options->role, options->pools); });
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
