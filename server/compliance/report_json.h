#pragma once

#include "base/json.h"
#include "server/compliance/report.h"

namespace vdiwatch::server::compliance {

// {"format":"vdiwatch-compliance/1",…}: docs/reports.md. Pure.
Json ReportJson(const Report& report);

}  // namespace vdiwatch::server::compliance
