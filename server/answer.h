#pragma once

#include <span>

#include "server/assets.h"
#include "server/http.h"
#include "server/route.h"

namespace vdiwatch::server {

// The whole way of a request on the people's listener: route, sign-in, role, CSRF, query names,
// handler; else the dashboard. Every answer carries the security headers, every failure is a
// problem. Any thread may call.
HttpResponse Answer(const Services& services, std::span<const Asset> assets,
                    const HttpRequest& request);

}  // namespace vdiwatch::server
