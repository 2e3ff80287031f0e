#include "server/sign_in/oidc_config.h"

#include <gtest/gtest.h>

#include "server/config.h"

namespace vdiwatch::server {
namespace {

constexpr char kGood[] = R"(data_dir: data
oidc:
  issuer: https://login.microsoftonline.com/0f/v2.0
  client_id: 11-22
  client_secret_file: secret
  dashboard: https://vdiwatch.corp.example:7444
  label: Sign in with Contoso
  algorithm: ES256
  role_claim: realm_access.roles
  roles:
    - {claim: vdiwatch.admin, role: administrator}
    - {claim: finance, role: viewer, pools: ["fin-*", hr]}
  password_sign_in: false
)";

TEST(OidcConfigTest, EveryMemberIsRead) {
  const auto config = ParseConfig(kGood, "/etc/vdiwatch/c.yaml");
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_TRUE(config->oidc);
  EXPECT_EQ(config->oidc->client_secret_file, "/etc/vdiwatch/secret");
  EXPECT_EQ(config->oidc->redirect_uri(),
            "https://vdiwatch.corp.example:7444/api/v1/sign-in/oidc/callback");
  EXPECT_EQ(config->oidc->algorithm, "ES256");
  ASSERT_EQ(config->oidc->roles.size(), 2u);
  EXPECT_EQ(config->oidc->roles[1].pools, (PoolScope{"fin-*", "hr"}));
  EXPECT_FALSE(config->oidc->password_sign_in);
  EXPECT_FALSE(ParseConfig("data_dir: d\n", "/c.yaml")->oidc);
}

void ExpectMistake(const std::string& from, const std::string& to, const std::string& expected) {
  std::string text = kGood;
  text.replace(text.find(from), from.size(), to);
  const auto config = ParseConfig(text, "/c.yaml");
  ASSERT_FALSE(config) << to;
  EXPECT_EQ(config.error().message, expected);
}

TEST(OidcConfigTest, EachMistakeHasItsPlace) {
  ExpectMistake("https://login", "http://login",
                "/c.yaml:3:11: issuer must be an https:// address");
  ExpectMistake("7444", "7444/app",
                "/c.yaml:6:14: dashboard must be https://HOST or https://HOST:PORT");
  ExpectMistake("ES256", "HS256", "/c.yaml:8:14: algorithm must be RS256 or ES256");
  ExpectMistake("ES256", "none", "/c.yaml:8:14: algorithm must be RS256 or ES256");
  ExpectMistake("role: administrator", "role: admin",
                "/c.yaml:11:37: role must be viewer, operator, policy_editor or administrator");
  ExpectMistake("role: viewer", "role: administrator",
                "/c.yaml:12:52: an administrator sees every pool; leave pools out");
  ExpectMistake("role_claim", "role_clam",
                "/c.yaml:9:3: unknown key 'role_clam' in oidc; did you mean 'role_claim'?");
}

TEST(OidcConfigTest, TheHighestRoleCountsAndItsPoolsTogether) {
  const std::vector<RoleGrant> grants = {{"all", Role::kViewer, {}},
                                         {"fin", Role::kOperator, {"fin-*"}},
                                         {"hr", Role::kOperator, {"hr"}},
                                         {"boss", Role::kOperator, {}}};
  EXPECT_FALSE(GrantFor(grants, {}));
  EXPECT_FALSE(GrantFor(grants, {"All"}));
  EXPECT_TRUE(GrantFor(grants, {"all"})->pools.empty());
  const auto both = GrantFor(grants, {"hr", "all", "fin"});
  EXPECT_EQ(both->role, Role::kOperator);
  EXPECT_EQ(both->pools, (PoolScope{"fin-*", "hr"}));
  EXPECT_TRUE(GrantFor(grants, {"fin", "boss"})->pools.empty());
}

TEST(OidcConfigTest, ClaimsMayStandInObjectsOrHaveDotsInTheirNames) {
  const Json claims = {{"roles", "one"},
                       {"https://x.example/roles", {"a", 7, "b"}},
                       {"realm_access", {{"roles", {"c"}}}}};
  using Values = std::vector<std::string>;
  EXPECT_EQ(ClaimValues(claims, "roles"), Values{"one"});
  EXPECT_EQ(ClaimValues(claims, "https://x.example/roles"), (Values{"a", "b"}));
  EXPECT_EQ(ClaimValues(claims, "realm_access.roles"), Values{"c"});
  EXPECT_EQ(ClaimValues(claims, "realm_access"), Values{});
  EXPECT_EQ(ClaimValues(claims, "nothing.here"), Values{});
}

}  // namespace
}  // namespace vdiwatch::server
