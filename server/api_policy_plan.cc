#include <fmt/format.h>

#include <mutex>

#include "base/text.h"
#include "server/handlers.h"
#include "server/policy_plan.h"

namespace vdiwatch::server {
namespace {

constexpr std::size_t kMaxFiles = 1000;
constexpr std::int64_t kLongestReplay = 400LL * 86'400;

struct PlanRequest {
  std::vector<policy::PolicyFile> files;
  PlanOptions options;
};

Result<PlanRequest> ReadPlanRequest(const HttpRequest& request) {
  ASSIGN_OR_RETURN(const Json body, ParseJson(request.body, "the body", {kMaxPlanBytes, 16}));
  if (!body.is_object()) return Invalid("the body must be an object with 'files'");
  PlanRequest plan;
  for (const auto& [member, value] : body.items()) {
    if (member == "files" || member == "since_s") continue;
    return Invalid(fmt::format("unknown member '{}': the body has 'files' and 'since_s'",
                               Printable(member, 80)));
  }
  const auto files = body.find("files");
  const bool is_list = files != body.end() && files->is_array() && files->size() <= kMaxFiles;
  if (!is_list) return Invalid("files must be a list of at most 1000 {name, text}");
  for (const Json& file : *files) {
    policy::PolicyFile& read = plan.files.emplace_back();
    ASSIGN_OR_RETURN(read.name, JsonMember<std::string>(file, "name"));
    ASSIGN_OR_RETURN(read.text, JsonMember<std::string>(file, "text", kMaxPlanBytes));
  }
  ASSIGN_OR_RETURN(const auto since_s, JsonMemberOr<std::int64_t>(body, "since_s", 0));
  if (since_s < 0 || since_s > kLongestReplay) {
    return Invalid("since_s must be from 0 (no replay) to 400 days");
  }
  if (since_s > 0) plan.options.since = Seconds(since_s);
  return plan;
}

}  // namespace

// One at a time: a replay may read for minutes, and holds memory for each desktop that moved.
Result<HttpResponse> PlanPolicy(const Services& services, const Call& call) {
  static std::mutex one_at_a_time;
  ASSIGN_OR_RETURN(PlanRequest plan, ReadPlanRequest(call.request));
  const std::unique_lock lock(one_at_a_time, std::try_to_lock);
  if (!lock) return Unavailable("Another plan is being made; try again.");
  const auto current = services.policy().set;
  if (services.built_in_pack) plan.files.insert(plan.files.begin(), policy::BuiltInPack());
  ASSIGN_OR_RETURN(const auto next, policy::RequireRules(policy::LoadPolicy(plan.files)));
  ASSIGN_OR_RETURN(const auto made,
                   PlanFleet(services.fleet, *current, next, services.clock.Now(), plan.options));
  return JsonResponse(PlanToJson(made, *current, next, services.built_in_pack));
}

}  // namespace vdiwatch::server
