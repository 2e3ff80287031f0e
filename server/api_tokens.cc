#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "collector/collector.h"
#include "server/api_access_json.h"
#include "server/handlers.h"
#include "server/problem.h"
#include "server/system.h"

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

// Where agents report: the first name of the agents' certificate, and its listener's port.
Result<std::string> CollectorUrl(const Services& services) {
  ASSIGN_OR_RETURN(const SystemFacts facts, services.system());
  const auto agents = std::ranges::find(facts.certificates, "agents", &CertificateEnd::what);
  if (agents == facts.certificates.end()) return Internal("no certificate of the agents' listener");
  return AgentsUrl(agents->name, facts.agents.port);
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
  ASSIGN_OR_RETURN(const std::string url, CollectorUrl(services));
  ASSIGN_OR_RETURN(const auto text, collector::CreateEnrolToken(services.store, wanted, now));
  ASSIGN_OR_RETURN(const auto stored, services.store.FindEnrolToken(Sha256(text)));
  if (!stored) return Internal("the new enrolment token was not stored");
  RETURN_IF_ERROR(services.access.Audit(call.principal->name, "enrol_token_created", wanted.pool,
                                        EnrolTokenText(*stored)));
  Json json = TokenJson(*stored, wanted.pool);
  json["token"] = text;
  json["ca_pin"] = services.ca_pin;
  json["collector"] = url;
  return JsonResponse(json, 201);
}

Result<HttpResponse> RevokeToken(const Services& services, const Call& call) {
  const Error none =
      NotFound("There is no enrolment token '" + Printable(call.parameter, 40) + "'.");
  ASSIGN_OR_RETURN(const auto pools, services.store.Pools());
  ASSIGN_OR_RETURN(const auto tokens, services.store.EnrolTokens());
  const auto found = std::ranges::find(tokens, call.parameter,
                                       [](const auto& token) { return std::to_string(token.id); });
  if (found == tokens.end()) return none;
  const auto pool = std::ranges::find(pools, found->pool_id, &collector::Pool::id);
  if (pool == pools.end() || !call.principal->MaySee(pool->name)) return none;
  collector::EnrolToken token = *found;
  token.revoked = true;
  ASSIGN_OR_RETURN(const auto id, services.store.SaveEnrolToken(token));
  RETURN_IF_ERROR(services.access.Audit(call.principal->name, "enrol_token_revoked", pool->name,
                                        "token " + std::to_string(id)));
  return HttpResponse{204, {}, ""};
}

}  // namespace vdiwatch::server
