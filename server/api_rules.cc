#include "server/api_json.h"
#include "server/handlers.h"

namespace vdiwatch::server {
namespace {

Json RuleJson(const policy::Rule& rule) {
  return {{"id", rule.id},
          {"title", rule.title},
          {"severity", policy::ToString(rule.severity)},
          {"section", rule.section},
          {"url", rule.url},
          {"because", rule.because},
          {"remediation", rule.remediation},
          {"contact", rule.contact},
          {"otherwise", policy::ToString(rule.otherwise)}};
}

}  // namespace

Result<HttpResponse> ListRules(const Services& services, const Call&) {
  const auto set = services.policy().set;
  Json packs = Json::array();
  for (const policy::Pack& pack : set->packs) {
    Json json = PackJson(pack);
    json["rules"] = Json::array();
    for (const policy::Rule& rule : pack.rules) json["rules"].push_back(RuleJson(rule));
    packs.push_back(std::move(json));
  }
  return JsonResponse({{"packs", std::move(packs)}});
}

}  // namespace vdiwatch::server
