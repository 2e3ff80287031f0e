#pragma once

#include "base/result.h"
#include "server/http.h"
#include "server/route.h"

namespace vdiwatch::server {

// The handlers of /api/v1/reports: docs/reports.md.
// api_compliance.cc
Result<HttpResponse> ShowCompliance(const Services& services, const Call& call);

}  // namespace vdiwatch::server
