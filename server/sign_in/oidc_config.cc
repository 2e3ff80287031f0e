#include "server/sign_in/oidc_config.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <algorithm>

#include "base/text.h"

namespace vdiwatch::server {
namespace {

// "https://host[:port]" and, for an issuer, a path; nothing that would change on its way.
bool IsHttps(const std::string& text, bool with_path) {
  try {
    const Poco::URI uri(text);
    const bool bare = uri.getPath().empty();
    return uri.getScheme() == "https" && !uri.getHost().empty() && uri.getUserInfo().empty() &&
           uri.getRawQuery().empty() && uri.getFragment().empty() && (with_path || bare);
  } catch (const Poco::Exception&) {
    return false;
  }
}

std::string HttpsOf(YamlMap& map, std::string_view key, bool with_path) {
  const Yaml* node = map.Required(key);
  if (node == nullptr || IsHttps(node->text, with_path)) return node == nullptr ? "" : node->text;
  map.Complain(node->mark,
               std::string(key) + (with_path ? " must be an https:// address"
                                             : " must be https://HOST or https://HOST:PORT"));
  return "";
}

void ReadPools(YamlMap& map, RoleGrant& grant) {
  const Yaml* pools = map.Optional("pools");
  if (pools == nullptr) return;
  for (const Yaml& item : pools->items) {
    if (item.kind == Yaml::Kind::kScalar && !item.text.empty()) {
      grant.pools.push_back(item.text);
    } else {
      map.Complain(item.mark, "a pool is a name, or a glob such as fin-*");
    }
  }
  if (pools->items.empty()) {
    map.Complain(pools->mark, "pools must list at least one; leave it out to mean every pool");
  } else if (grant.role == Role::kAdministrator) {
    map.Complain(pools->mark, "an administrator sees every pool; leave pools out");
  }
}

RoleGrant ReadGrant(const Yaml& node, const std::string& file,
                    std::vector<Diagnostic>& diagnostics) {
  YamlMap map(node, "a role", file, diagnostics);
  RoleGrant grant;
  grant.claim = map.Text("claim");
  if (const Yaml* role = map.Required("role")) {
    if (const auto parsed = ParseRole(role->text)) {
      grant.role = *parsed;
    } else {
      map.Complain(role->mark, "role must be viewer, operator, policy_editor or administrator");
    }
  }
  ReadPools(map, grant);
  map.Finish();
  return grant;
}

std::filesystem::path PathOf(YamlMap& map, std::string_view key,
                             const std::filesystem::path& directory) {
  const std::string text = map.TextOr(key, "");
  return text.empty() ? std::filesystem::path() : (directory / text).lexically_normal();
}

const Json* FindClaim(const Json& claims, std::string_view name) {
  if (!claims.is_object()) return nullptr;
  if (const auto whole = claims.find(name); whole != claims.end()) return &*whole;
  const Json* at = &claims;
  for (const std::string_view part : Split(name, '.')) {
    if (!at->is_object()) return nullptr;
    const auto next = at->find(part);
    if (next == at->end()) return nullptr;
    at = &*next;
  }
  return at;
}

}  // namespace

std::string OidcConfig::redirect_uri() const { return dashboard + "/api/v1/sign-in/oidc/callback"; }

OidcConfig ReadOidc(const Yaml& node, const std::string& file,
                    const std::filesystem::path& directory, std::vector<Diagnostic>& diagnostics) {
  OidcConfig config;
  YamlMap map(node, "oidc", file, diagnostics);
  config.issuer = HttpsOf(map, "issuer", true);
  config.client_id = map.Text("client_id");
  if (map.Required("client_secret_file") != nullptr) {
    config.client_secret_file = PathOf(map, "client_secret_file", directory);
  }
  config.dashboard = HttpsOf(map, "dashboard", false);
  config.label = map.TextOr("label", config.label);
  if (const Yaml* algorithm = map.Optional("algorithm")) {
    config.algorithm = algorithm->text;
    if (config.algorithm != "RS256" && config.algorithm != "ES256") {
      map.Complain(algorithm->mark, "algorithm must be RS256 or ES256");
    }
  }
  config.ca_file = PathOf(map, "ca_file", directory);
  config.scope = map.TextOr("scope", config.scope);
  if (const Yaml* scope = map.Optional("scope")) {
    const auto words = Split(config.scope, ' ');
    if (std::ranges::find(words, "openid") == words.end()) {
      map.Complain(scope->mark, "scope must have the word openid");
    }
  }
  config.role_claim = map.TextOr("role_claim", config.role_claim);
  config.name_claim = map.TextOr("name_claim", config.name_claim);
  if (const Yaml* roles = map.Required("roles")) {
    for (const Yaml& item : roles->items) {
      config.roles.push_back(ReadGrant(item, file, diagnostics));
    }
    if (roles->items.empty()) {
      map.Complain(roles->mark, "roles must list at least one {claim, role}: nobody could sign in");
    }
  }
  config.password_sign_in = map.BoolOr("password_sign_in", true);
  map.Finish();
  return config;
}

std::optional<Granted> GrantFor(const std::vector<RoleGrant>& grants,
                                const std::vector<std::string>& roles) {
  std::optional<Granted> granted;
  bool every_pool = false;
  for (const RoleGrant& grant : grants) {
    if (std::ranges::find(roles, grant.claim) == roles.end()) continue;
    if (!granted || grant.role > granted->role) {
      granted = Granted{grant.role, {}};
      every_pool = false;
    }
    if (grant.role < granted->role) continue;
    every_pool |= grant.pools.empty();
    granted->pools.insert(granted->pools.end(), grant.pools.begin(), grant.pools.end());
  }
  if (every_pool) granted->pools.clear();
  return granted;
}

std::vector<std::string> ClaimValues(const Json& claims, std::string_view name) {
  std::vector<std::string> values;
  const Json* claim = FindClaim(claims, name);
  if (claim == nullptr) return values;
  if (claim->is_string()) return {claim->get<std::string>()};
  if (!claim->is_array()) return values;
  for (const Json& value : *claim) {
    if (value.is_string()) values.push_back(value.get<std::string>());
  }
  return values;
}

}  // namespace vdiwatch::server
