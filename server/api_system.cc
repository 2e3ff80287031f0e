#include "collector/store/fleet_index.h"
#include "server/api_json.h"
#include "server/handlers.h"
#include "server/handlers_reads.h"
#include "server/system.h"

namespace vdiwatch::server {
namespace {

Json CertificatesJson(const SystemFacts& facts, Time now) {
  Json json = Json::array();
  for (const CertificateEnd& certificate : facts.certificates) {
    json.push_back({{"what", certificate.what},
                    {"name", certificate.name},
                    {"ends_at", FormatTime(certificate.ends)},
                    {"days_left", (certificate.ends - now).count() / 86'400}});
  }
  return json;
}

Json TextOrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

}  // namespace

Result<HttpResponse> ShowSystem(const Services& services, const Call&) {
  const Time now = services.clock.Now();
  ASSIGN_OR_RETURN(const SystemFacts facts, services.system());
  ASSIGN_OR_RETURN(const auto size, services.index->Size());
  const PolicyStatus policy = services.policy();
  return JsonResponse(
      {{"version", VDIWATCH_VERSION},
       {"started_at", FormatTime(facts.started_at)},
       {"uptime_s", (now - facts.started_at).count()},
       {"server_time", FormatTime(now)},
       {"store", {{"engine", size.engine}, {"bytes", size.bytes}}},
       {"policy",
        {{"digest", policy.set->digest},
         {"loaded_at", FormatTime(policy.loaded_at)},
         {"directory", TextOrNull(facts.policy_dir)},
         {"built_in_pack", services.built_in_pack},
         {"problem", TextOrNull(policy.problem)}}},
       {"certificates", CertificatesJson(facts, now)},
       {"ca_pin", services.ca_pin},
       {"listeners", {{"agents", ToString(facts.agents)}, {"people", ToString(facts.people)}}},
       {"data_dir", facts.data_dir},
       {"limits",
        {{"check_in_every_s", services.check_in_every.count()},
         {"keep_history_s", facts.keep_history.count()},
         {"max_plan_bytes", kMaxPlanBytes}}}});
}

}  // namespace vdiwatch::server
