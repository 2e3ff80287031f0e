#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "collector/store/reader.h"
#include "collector/store/store.h"

namespace vdiwatch::collector {

// Revokes every incarnation that this desktop ever had, since those of the past may come back, with
// a line on its timeline and in the audit log; answers how many there were. From the next request
// on, new or resumed connection, they are refused. A fresh key with a valid token may enrol: revoke
// the token, too, against that. Errors: not_found, and the store's.
Result<std::int64_t> RevokeDesktop(Store& store, FleetReader& fleet, std::int64_t desktop_id,
                                   std::string_view actor, std::string_view why, Time now);

}  // namespace vdiwatch::collector
