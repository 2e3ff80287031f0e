#include <fmt/format.h>

#include <ostream>

#include "base/text.h"
#include "server/cli_remote.h"
#include "server/cli_token.h"
#include "server/duration.h"
#include "server/http.h"
#include "server/table.h"

namespace vdiwatch::server {
namespace {

std::string PoolsText(const Json& token) {
  std::vector<std::string> pools;
  for (const Json& glob : token.value("pools", Json::array())) {
    if (glob.is_string()) pools.push_back(Printable(glob.get<std::string>()));
  }
  return pools.empty() ? "all" : Join(pools, ", ");
}

Result<int> ListApiTokens(const std::string& profile, bool json, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const Json answer, Ask(profile, "/api/v1/api-tokens"));
  if (json) return PrintJson(answer, terminal.out), 0;
  Table table{{"ID", "NAME", "ROLE", "POOLS", "OWNER", "EXPIRES", "LAST USED"}, {}};
  for (const Json& token : answer.value("api_tokens", Json::array())) {
    const bool expired = token.value("expired", false);
    table.rows.push_back({{Text(token, "id")},
                          {Text(token, "name"), Tint::kStrong},
                          {Text(token, "role")},
                          {PoolsText(token)},
                          {Text(token, "owner")},
                          {Text(token, "expires_at"), expired ? Tint::kBad : Tint::kPlain},
                          {Text(token, "last_used")}});
  }
  terminal.out << Render(table, terminal.width, terminal.color);
  return 0;
}

std::int64_t SecondsOf(const std::string& span) {
  return ParseDuration(span).value_or(Seconds(0)).count();  // IsSpan saw it
}

}  // namespace

std::string AgentConfigText(const std::string& collector, const std::string& pins) {
  return fmt::format("collector: {}\nca_pin: {}\n", collector, pins);
}

Result<int> CreateTokenThere(const TokenOptions& options, std::ostream& out) {
  ASSIGN_OR_RETURN(const Json made, Tell(*options.profile, "/api/v1/tokens",
                                         {{"pool", options.pool},
                                          {"expires_in_s", SecondsOf(options.expires)},
                                          {"max_uses", options.max_uses},
                                          {"cidr", options.cidr},
                                          {"note", options.note}}));
  if (*options.json) return PrintJson(made, out), 0;
  if (options.agent_config) {
    out << AgentConfigText(Text(made, "collector"), Text(made, "ca_pin")) << "token: ";
  }
  out << Text(made, "token") << "\n";
  return 0;
}

Result<int> CreateApiTokenThere(const TokenOptions& options, std::ostream& out) {
  Json wanted = {
      {"name", options.name}, {"role", options.role}, {"expires_in_s", SecondsOf(options.expires)}};
  if (!options.pools.empty()) wanted["pools"] = options.pools;
  ASSIGN_OR_RETURN(const Json made, Tell(*options.profile, "/api/v1/api-tokens", wanted));
  if (*options.json) return PrintJson(made, out), 0;
  out << Text(made, "token") << "\n";
  return 0;
}

Result<int> ListTokensThere(const std::string& profile, bool json, const Terminal& terminal) {
  ASSIGN_OR_RETURN(const Json answer, Ask(profile, "/api/v1/tokens"));
  if (json) return PrintJson(answer, terminal.out), 0;
  Table table{{"ID", "POOL", "REVOKED", "EXPIRES", "USES", "CIDR", "NOTE"}, {}};
  for (const Json& token : answer.value("tokens", Json::array())) {
    const std::string most = Text(token, "max_uses");
    table.rows.push_back({{Text(token, "id")},
                          {Text(token, "pool")},
                          {token.value("revoked", false) ? "revoked" : ""},
                          {Text(token, "expires_at")},
                          {Text(token, "uses") + (most == "0" ? "" : "/" + most)},
                          {Text(token, "cidr")},
                          {Text(token, "note")}});
  }
  terminal.out << Render(table, terminal.width, terminal.color);
  return 0;
}

Result<int> RevokeTokenThere(const std::string& profile, const std::string& id, std::ostream& out) {
  RETURN_IF_ERROR(Remove(profile, "/api/v1/tokens/" + PercentEncode(id)));
  out << "token " << id << " enrols nobody from now on\n";
  return 0;
}

void AddApiTokensThere(CommandLine& line, CLI::App* api_tokens) {
  const Terminal& terminal = line.terminal;
  CLI::App* list = api_tokens->add_subcommand("list", "Your tokens; an administrator's: all");
  const auto list_profile = AddProfileOption(list);
  const auto json = AddJsonFlag(list);
  line.OnChosen(list, [=, &terminal] { return ListApiTokens(*list_profile, *json, terminal); });

  CLI::App* revoke = api_tokens->add_subcommand("revoke", "End one before its time");
  const auto profile = AddProfileOption(revoke);
  const auto id = std::make_shared<std::string>();
  revoke->add_option("--id", *id, "Its id, from `api-token list`")->required();
  line.OnChosen(revoke, [=, &terminal]() -> Result<int> {
    RETURN_IF_ERROR(Remove(*profile, "/api/v1/api-tokens/" + PercentEncode(*id)));
    terminal.out << "API token " << *id << " lets nobody in from now on\n";
    return 0;
  });
}

}  // namespace vdiwatch::server
