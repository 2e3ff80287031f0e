#include <fmt/format.h>

#include <mutex>

#include "base/text.h"
#include "collector/store/report_reader.h"
#include "server/access.h"
#include "server/api_json.h"
#include "server/compliance/reconcile.h"
#include "server/compliance/scope.h"
#include "server/handlers_reports.h"

namespace vdiwatch::server {
namespace {

constexpr std::size_t kListed = 1000, kMostListed = 100'000;

Result<std::size_t> LimitOf(const Call& call) {
  const std::string_view text = call.Query("limit");
  if (text.empty()) return kListed;
  const auto number = ParseInteger(text);
  if (number && *number >= 0 && *number <= std::int64_t{kMostListed}) {
    return static_cast<std::size_t>(*number);
  }
  return Invalid(fmt::format("limit must be a number from 0 to {}", kMostListed));
}

// The desktops of the scope that the caller may see.
Result<std::vector<compliance::Seated>> SeatedIn(const Services& services, const Call& call,
                                                 const compliance::Scope& scope) {
  const auto set = services.policy().set;
  ASSIGN_OR_RETURN(const auto pools, VisiblePools(services.fleet, *set, *call.principal));
  std::vector<compliance::Seated> seated;
  bool any = scope.kind == compliance::Scope::Kind::kFleet;
  for (const collector::PoolSummary& summary : pools) {
    const std::string& name = summary.pool.name;
    if (!compliance::Includes(scope, set->PoolNamed(name), name)) continue;
    any = true;
    RETURN_IF_ERROR(services.past->EachDesktop(
        summary.pool.id, [&](const collector::SeatedDesktop& desktop) -> Result<void> {
          seated.push_back({desktop, name});
          return {};
        }));
  }
  if (!any) {
    return NotFound("There is no pool in " + Printable(compliance::ToString(scope)) + ".");
  }
  return seated;
}

}  // namespace

// One at a time: it holds the export and a row for each desktop of the scope in memory.
Result<HttpResponse> ReconcileExport(const Services& services, const Call& call) {
  static std::mutex one_at_a_time;
  ASSIGN_OR_RETURN(const auto scope, compliance::ParseScope(call.Query("scope")));
  ASSIGN_OR_RETURN(const std::size_t limit, LimitOf(call));
  const std::unique_lock lock(one_at_a_time, std::try_to_lock);
  if (!lock) return Unavailable("Another export is being compared; try again.");
  ASSIGN_OR_RETURN(const auto machines,
                   compliance::ReadMachineExport(call.request.body, call.Query("column")));
  ASSIGN_OR_RETURN(auto seated, SeatedIn(services, call, scope));
  const auto found = compliance::Reconcile(machines, std::move(seated));
  Json json = compliance::ReconciliationJson(machines, found, limit);
  json["scope"] = compliance::ToString(scope);
  json["at"] = FormatTime(services.clock.Now());
  RETURN_IF_ERROR(services.access.Audit(
      call.principal->name, "export_reconciled", compliance::ToString(scope),
      fmt::format("{} hosts, {} never reported, {} not in it", machines.hosts.size(),
                  found.never_reported.size(), found.not_in_export.size())));
  return JsonResponse(json);
}

}  // namespace vdiwatch::server
