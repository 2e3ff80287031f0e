#pragma once

#include "server/route.h"

namespace vdiwatch::server {

// The feed of transitions lags this far behind, so that whatever happened before is written down.
inline constexpr Seconds kFeedLag{30};

// api_feed.cc
Result<HttpResponse> FeedTransitions(const Services& services, const Call& call);

}  // namespace vdiwatch::server
