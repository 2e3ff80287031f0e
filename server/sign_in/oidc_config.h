#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/yaml.h"
#include "server/pool_scope.h"
#include "server/role.h"

namespace vdiwatch::server {

// What a role or group at the provider is worth here.
struct RoleGrant {
  std::string claim;  // one value of the role claim
  Role role = Role::kViewer;
  PoolScope pools;  // empty: every pool
};

// How people sign in through an OpenID provider: `oidc` in vdiwatch.yaml.
struct OidcConfig {
  std::string issuer;     // as the provider's discovery document and its tokens write it
  std::string client_id;  // of the application registered there
  std::filesystem::path client_secret_file;
  std::string dashboard;            // our own address in browsers: "https://host:7444"
  std::string label = "Sign in";    // on the sign-in page
  std::string algorithm = "RS256";  // of id_tokens; or ES256
  std::filesystem::path ca_file;    // whom to trust at the issuer; empty: the system's
  std::string scope = "openid profile email";
  std::string role_claim = "roles";  // its dots lead into objects unless a claim is named so
  std::string name_claim = "preferred_username";
  std::vector<RoleGrant> roles;
  bool password_sign_in = true;  // local users may sign in beside it

  std::string redirect_uri() const;  // what is registered at the provider
};

// Reads the map; every mistake becomes a diagnostic. Paths are relative to `directory`.
OidcConfig ReadOidc(const Yaml& node, const std::string& file,
                    const std::filesystem::path& directory, std::vector<Diagnostic>& diagnostics);

// What these claims are worth: the highest role of all grants that match, and the pools of all
// grants of that role together. Nothing: no grant matches. Pure.
struct Granted {
  Role role = Role::kViewer;
  PoolScope pools;
};
std::optional<Granted> GrantFor(const std::vector<RoleGrant>& grants,
                                const std::vector<std::string>& roles);

// The values of a claim that is one text or a list of them; none if it is not there.
std::vector<std::string> ClaimValues(const Json& claims, std::string_view name);

}  // namespace vdiwatch::server
