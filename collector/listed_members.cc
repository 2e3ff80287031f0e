#include "collector/listed_members.h"

#include <iterator>
#include <set>
#include <string_view>

namespace vdiwatch::collector {

policy::ListedMembers CountMembers(std::span<const HostSeen> seen) {
  std::set<std::string_view> known, reporting;
  for (const auto& host : seen) {
    known.insert(host.host_name);
    if (host.presence != Presence::kStale) reporting.insert(host.host_name);
  }
  return {std::ssize(known), std::ssize(reporting)};
}

}  // namespace vdiwatch::collector
