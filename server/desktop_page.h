#pragma once

#include "base/json.h"
#include "base/result.h"
#include "collector/store/reader.h"
#include "collector/store/store.h"

namespace vdiwatch::server {

// All that the API tells about one desktop: facts with their catalogue entries, readings, verdict,
// boots, incarnations, events, history.
Result<Json> DesktopPage(collector::Store& store, collector::FleetReader& fleet,
                         const collector::DesktopSummary& summary);

}  // namespace vdiwatch::server
