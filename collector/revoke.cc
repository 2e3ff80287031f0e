#include "collector/revoke.h"

#include <fmt/format.h>

namespace vdiwatch::collector {

Result<std::int64_t> RevokeDesktop(Store& store, FleetReader& fleet, std::int64_t desktop_id,
                                   std::string_view actor, std::string_view why, Time now) {
  ASSIGN_OR_RETURN(auto candidate, store.FindCandidate(desktop_id));
  if (!candidate) return NotFound(fmt::format("there is no desktop {}", IdText(desktop_id)));
  Changes changes;
  changes.at = now;
  ASSIGN_OR_RETURN(std::vector<Incarnation> incarnations, fleet.IncarnationsOf(desktop_id));
  for (Incarnation& incarnation : incarnations) {
    if (incarnation.state == IncarnationState::kRevoked) continue;
    incarnation.state = IncarnationState::kRevoked;
    changes.incarnations.push_back(std::move(incarnation));
  }
  const auto count = static_cast<std::int64_t>(changes.incarnations.size());
  std::string detail = fmt::format("{} certificate{} by {}{}{}", count, count == 1 ? "" : "s",
                                   actor, why.empty() ? "" : ": ", why);
  changes.events.push_back({desktop_id, now, "revoked", detail});
  changes.audit.push_back(
      {now, std::string(actor), "desktop.revoked",
       fmt::format("desktop {} ({})", IdText(desktop_id), candidate->desktop.claims.host_name),
       std::move(detail)});
  RETURN_IF_ERROR(store.Commit(changes));
  return count;
}

}  // namespace vdiwatch::collector
