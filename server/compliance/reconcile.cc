#include "server/compliance/reconcile.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "policy/host_name.h"

namespace vdiwatch::server::compliance {
namespace {

bool Reports(const Seated& seated) {
  return seated.desktop.presence != collector::Presence::kStale;
}

Json SeatedJson(const Seated& seated) {
  return {{"host_name", seated.desktop.host_name},
          {"id", collector::IdText(seated.desktop.id)},
          {"pool", seated.pool},
          {"presence", collector::ToString(seated.desktop.presence)},
          {"last_seen", FormatTime(seated.desktop.last_seen)}};
}

Json ListJson(const std::vector<Seated>& all, std::size_t limit) {
  Json list = Json::array();
  for (const Seated& seated : all) {
    if (list.size() == limit) break;
    list.push_back(SeatedJson(seated));
  }
  return list;
}

void Sort(std::vector<Seated>& all) {
  std::ranges::sort(all, {}, [](const Seated& seated) {
    return std::tuple(std::string_view(seated.pool), std::string_view(seated.desktop.host_name),
                      seated.desktop.id);
  });
}

}  // namespace

Reconciliation Reconcile(const MachineExport& machines, std::vector<Seated> desktops) {
  Reconciliation found;
  std::map<std::string, Seated, std::less<>> listed;  // the best desktop of each host
  for (Seated& seated : desktops) {
    const std::string host = policy::HostNameOf(seated.desktop.host_name);
    if (!std::ranges::binary_search(machines.hosts, host)) {
      found.not_in_export.push_back(std::move(seated));
      continue;
    }
    const auto [known, fresh] = listed.try_emplace(host, seated);
    if (!fresh && Reports(seated) && !Reports(known->second)) known->second = std::move(seated);
  }
  for (const std::string& host : machines.hosts) {
    const auto seated = listed.find(host);
    if (seated == listed.end()) {
      found.never_reported.push_back(host);
    } else if (Reports(seated->second)) {
      ++found.both;
    } else {
      found.stale.push_back(std::move(seated->second));
    }
  }
  Sort(found.stale);
  Sort(found.not_in_export);
  return found;
}

Json ReconciliationJson(const MachineExport& machines, const Reconciliation& found,
                        std::size_t limit) {
  Json never = Json::array();
  for (const std::string& host : found.never_reported) {
    if (never.size() == limit) break;
    never.push_back(host);
  }
  return {{"format", "vdiwatch-reconciliation/1"},
          {"export",
           {{"column", machines.column},
            {"encoding", machines.encoding},
            {"separator", std::string(1, machines.separator)},
            {"rows", machines.rows},
            {"hosts", machines.hosts.size()},
            {"repeated", machines.repeated},
            {"unnamed", machines.unnamed}}},
          {"counts",
           {{"both", found.both},
            {"stale", found.stale.size()},
            {"never_reported", found.never_reported.size()},
            {"not_in_export", found.not_in_export.size()}}},
          {"never_reported", std::move(never)},
          {"not_in_export", ListJson(found.not_in_export, limit)},
          {"stale", ListJson(found.stale, limit)}};
}

}  // namespace vdiwatch::server::compliance
