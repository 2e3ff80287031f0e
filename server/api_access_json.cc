#include "server/api_access_json.h"

#include "base/digest.h"
#include "base/text.h"
#include "server/role.h"

namespace vdiwatch::server {
namespace {

constexpr std::size_t kMaxPools = 200;
constexpr std::size_t kMaxGlobBytes = 200;

Result<PoolScope> ReadPools(const Json& list) {
  const Error wrong = Invalid("pools must be a list of 1 to 200 names or globs such as fin-*");
  if (!list.is_array() || list.empty() || list.size() > kMaxPools) return wrong;
  PoolScope pools;
  for (const Json& glob : list) {
    if (!glob.is_string()) return wrong;
    const auto& text = glob.get_ref<const std::string&>();
    if (text.empty() || text.size() > kMaxGlobBytes || !IsUtf8(text)) return wrong;
    pools.push_back(text);
  }
  return pools;
}

}  // namespace

Json UserJson(const collector::User& user) {
  const bool dated = user.created_at > Time{};
  return {
      {"name", user.name},
      {"role", user.role},
      {"pools", user.pools},
      {"kind", user.local() ? "local" : "oidc"},
      {"disabled", user.disabled},
      {"created_at", dated ? Json(FormatTime(user.created_at)) : Json(nullptr)},
      {"last_sign_in", user.last_sign_in ? Json(FormatTime(*user.last_sign_in)) : Json(nullptr)}};
}

Result<Reach> ReadReach(const Json& body, const std::optional<Reach>& otherwise) {
  Reach reach = otherwise.value_or(Reach{});
  if (body.contains("role") || !otherwise) {
    ASSIGN_OR_RETURN(reach.role, JsonMember<std::string>(body, "role"));
  }
  if (const auto pools = body.find("pools"); pools != body.end()) {
    reach.pools.clear();
    const bool every = pools->is_null() || (pools->is_array() && pools->empty());
    if (!every) {
      ASSIGN_OR_RETURN(reach.pools, ReadPools(*pools));
    }
  }
  const auto role = ParseRole(reach.role);
  if (!role) return Invalid("role must be viewer, operator, policy_editor or administrator");
  if (*role == Role::kAdministrator && !reach.pools.empty()) {
    return Invalid("an administrator sees every pool; leave pools out");
  }
  return reach;
}

std::string ReachText(const Reach& reach) {
  return reach.pools.empty() ? reach.role : reach.role + " of " + Join(reach.pools, ", ");
}

std::string ApiTokenText(const collector::ApiToken& token) {
  return ReachText({token.role, token.pools}) + " until " + FormatTime(token.expires_at) + ", id " +
         HandleOf(token.hash);
}

std::string EnrolTokenText(const collector::EnrolToken& token) {
  std::string text = "token " + std::to_string(token.id) + " until " + FormatTime(token.expires_at);
  if (token.max_uses > 0) text += ", for " + std::to_string(token.max_uses) + " desktops";
  return token.cidr.empty() ? text : text + ", from " + token.cidr;
}

std::string HandleOf(std::string_view hash) { return Hex(hash.substr(0, 8)); }

}  // namespace vdiwatch::server
