#include "base/digest.h"
#include "base/text.h"
#include "collector/collector.h"
#include "server/handlers.h"
#include "server/problem.h"

namespace vdiwatch::server {
namespace {

Json TokenJson(const collector::EnrolToken& token, std::string_view pool) {
  return {{"id", std::to_string(token.id)},
          {"pool", pool},
          {"created_at", FormatTime(token.created_at)},
          {"expires_at", FormatTime(token.expires_at)},
          {"max_uses", token.max_uses},
          {"uses", token.uses},
          {"cidr", token.cidr},
          {"revoked", token.revoked},
          {"note", token.note}};
}

Result<collector::NewToken> ReadNewToken(const HttpRequest& request, Time now) {
  ASSIGN_OR_RETURN(const Json body, ParseJson(request.body, "the body"));
  collector::NewToken token;
  ASSIGN_OR_RETURN(token.pool, JsonMember<std::string>(body, "pool"));
  ASSIGN_OR_RETURN(const auto expires_in, JsonMember<std::int64_t>(body, "expires_in_s"));
  ASSIGN_OR_RETURN(token.max_uses, JsonMemberOr<std::int64_t>(body, "max_uses", 0));
  ASSIGN_OR_RETURN(token.cidr, JsonMemberOr<std::string>(body, "cidr", ""));
  ASSIGN_OR_RETURN(token.note, JsonMemberOr<std::string>(body, "note", ""));
  if (expires_in <= 0 || expires_in > 10LL * 366 * 86'400) {
    return Invalid("expires_in_s must be from 1 second to 10 years");
  }
  if (token.max_uses < 0) return Invalid("max_uses must not be negative; 0 means no limit");
  token.expires_at = now + Seconds(expires_in);
  return token;
}

}  // namespace

Result<HttpResponse> ListTokens(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(const auto pools, services.store.Pools());
  std::map<std::int64_t, std::string> names;
  for (const collector::Pool& pool : pools) names[pool.id] = pool.name;
  ASSIGN_OR_RETURN(const auto tokens, services.store.EnrolTokens());
  Json json = Json::array();
  for (const collector::EnrolToken& token : tokens) {
    const std::string& pool = names[token.pool_id];
    if (call.principal->MaySee(pool)) json.push_back(TokenJson(token, pool));
  }
  return JsonResponse({{"tokens", std::move(json)}});
}

Result<HttpResponse> CreateToken(const Services& services, const Call& call) {
  const Time now = services.clock.Now();
  ASSIGN_OR_RETURN(const auto wanted, ReadNewToken(call.request, now));
  if (!call.principal->MaySee(wanted.pool)) {
    return Denied("your access does not cover the pool '" + Printable(wanted.pool) + "'");
  }
  ASSIGN_OR_RETURN(const auto text, collector::CreateEnrolToken(services.store, wanted, now));
  ASSIGN_OR_RETURN(const auto stored, services.store.FindEnrolToken(Sha256(text)));
  if (!stored) return Internal("the new enrolment token was not stored");
  RETURN_IF_ERROR(services.access.Audit(call.principal->name, "enrol_token_created", wanted.pool,
                                        "token " + std::to_string(stored->id)));
  Json json = TokenJson(*stored, wanted.pool);
  json["token"] = text;
  json["ca_pin"] = services.ca_pin;
  return JsonResponse(json, 201);
}

}  // namespace vdiwatch::server
