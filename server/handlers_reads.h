#pragma once

#include "server/route.h"

namespace vdiwatch::server {

// Reads over the whole fleet and its history; lines of routes.cc.
// api_trends.cc
Result<HttpResponse> ShowTrends(const Services& services, const Call& call);
// api_changes.cc
Result<HttpResponse> ShowChanges(const Services& services, const Call& call);
// api_search.cc
Result<HttpResponse> Search(const Services& services, const Call& call);
// api_rule.cc
Result<HttpResponse> ListPacks(const Services& services, const Call& call);
Result<HttpResponse> ShowRule(const Services& services, const Call& call);
// api_timeline.cc
Result<HttpResponse> ShowTimeline(const Services& services, const Call& call);
// api_system.cc
Result<HttpResponse> ShowSystem(const Services& services, const Call& call);

}  // namespace vdiwatch::server
