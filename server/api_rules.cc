#include "server/api_json.h"
#include "server/handlers.h"

namespace vdiwatch::server {

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
