#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "server/api_access_json.h"
#include "server/handlers_access.h"
#include "server/problem.h"
#include "server/secrets.h"
#include "server/user_name.h"

namespace vdiwatch::server {
namespace {

using collector::ApiToken;

constexpr std::int64_t kLongest = 366LL * 86'400;
constexpr std::size_t kMaxNameBytes = 100;

Json TokenJson(const ApiToken& token, Time now) {
  return {{"id", HandleOf(token.hash)},
          {"name", token.name},
          {"role", token.role},
          {"pools", token.pools},
          {"owner", token.owner.empty() ? Json(nullptr) : Json(token.owner)},
          {"created_at", FormatTime(token.created_at)},
          {"expires_at", FormatTime(token.expires_at)},
          {"last_used", token.last_used ? Json(FormatTime(*token.last_used)) : Json(nullptr)},
          {"expired", token.expires_at <= now}};
}

Result<std::vector<ApiToken>> VisibleTokens(const Services& services, const Principal& viewer) {
  ASSIGN_OR_RETURN(auto tokens, services.accounts.ApiTokens());
  if (viewer.role != Role::kAdministrator) {
    std::erase_if(tokens, [&](const ApiToken& token) {
      return viewer.account.empty() || token.owner != viewer.account;
    });
  }
  return tokens;
}

Result<ApiToken> ReadToken(const Json& body, const Principal& owner, Time now) {
  ApiToken token;
  ASSIGN_OR_RETURN(token.name, JsonMember<std::string>(body, "name", kMaxNameBytes));
  RETURN_IF_ERROR(CheckLabel("a token's name", token.name));
  ASSIGN_OR_RETURN(const Reach reach, ReadReach(body, Reach{"", owner.pools}));
  ASSIGN_OR_RETURN(const auto expires_in, JsonMember<std::int64_t>(body, "expires_in_s"));
  if (expires_in <= 0 || expires_in > kLongest) {
    return Invalid("expires_in_s must be from 1 second to 366 days");
  }
  if (*ParseRole(reach.role) > owner.role || !Within(reach.pools, owner.pools)) {
    return Denied("a token may do no more than " + owner.name + ": " +
                  ReachText({std::string(ToString(owner.role)), owner.pools}));
  }
  token.expires_at = now + Seconds(expires_in);
  if (owner.expires_at && token.expires_at > *owner.expires_at) {
    return Denied("a token that a token makes may not outlive it: " +
                  FormatTime(*owner.expires_at));
  }
  token.role = reach.role;
  token.pools = reach.pools;
  token.owner = owner.account;
  token.created_at = now;
  return token;
}

}  // namespace

Result<HttpResponse> ListApiTokens(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(const auto tokens, VisibleTokens(services, *call.principal));
  Json json = Json::array();
  for (const ApiToken& token : tokens) json.push_back(TokenJson(token, services.clock.Now()));
  return JsonResponse({{"api_tokens", std::move(json)}});
}

Result<HttpResponse> CreateApiToken(const Services& services, const Call& call) {
  const Time now = services.clock.Now();
  if (call.principal->account.empty()) {
    return Denied(
        "this token belongs to nobody, so nobody would end what it makes; sign in, or use a "
        "token that somebody made who did");
  }
  ASSIGN_OR_RETURN(const Json body, ParseJson(call.request.body, "the body"));
  ASSIGN_OR_RETURN(ApiToken token, ReadToken(body, *call.principal, now));
  const std::string text = NewApiToken();
  token.hash = Sha256(text);
  RETURN_IF_ERROR(services.accounts.AddApiToken(
      token, {now, call.principal->name, "api_token_created", token.name, ApiTokenText(token)}));
  Json json = TokenJson(token, now);
  json["token"] = text;
  return JsonResponse(json, 201);
}

Result<HttpResponse> RevokeApiToken(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(const auto tokens, VisibleTokens(services, *call.principal));
  const auto found = std::ranges::find(tokens, call.parameter,
                                       [](const ApiToken& token) { return HandleOf(token.hash); });
  if (found == tokens.end()) {
    return NotFound("There is no API token '" + Printable(call.parameter, 40) + "'.");
  }
  RETURN_IF_ERROR(services.accounts.DeleteApiToken(
      found->hash, {services.clock.Now(), call.principal->name, "api_token_revoked", found->name,
                    "id " + HandleOf(found->hash)}));
  return HttpResponse{204, {}, ""};
}

}  // namespace vdiwatch::server
