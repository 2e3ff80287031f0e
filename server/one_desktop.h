#pragma once

#include <functional>

#include "collector/store/reader.h"
#include "server/route.h"

namespace vdiwatch::server {

// What becomes of the one desktop that the parameter of a call means (an id, or a host name) and
// the viewer may see; or the answer that says why there is not one: none (404), or several (409).
Result<HttpResponse> WithOneDesktop(
    const Services& services, const Call& call,
    const std::function<Result<HttpResponse>(const collector::DesktopSummary&)>& what);

// Whether the words of such an event name the pool that the desktop left, or another pool's
// desktop.
bool NamesOtherPools(std::string_view event_kind);

}  // namespace vdiwatch::server
