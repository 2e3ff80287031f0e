#pragma once

#include <string_view>

#include "base/json.h"
#include "server/http.h"

namespace vdiwatch::server {

// Fails the test if the OpenAPI document does not describe this answer: its status, media type and
// every member of it. What stands under no route is not looked at.
void ExpectDescribed(std::string_view method, std::string_view path, const HttpResponse& response);

// The documented operation behind a line of routes.cc, with the parameters of its path among its
// own; null if there is none.
Json DescribedOperation(std::string_view method, std::string_view route_path);

// Follows a {"$ref": "#/…"} of the document; anything else is answered as it is.
const Json& Resolved(const Json& maybe_reference);

}  // namespace vdiwatch::server
