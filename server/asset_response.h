#pragma once

#include <optional>
#include <span>

#include "server/assets.h"
#include "server/http.h"

namespace vdiwatch::server {

// The dashboard's file for a GET or HEAD, or its index.html where a browser asks for a page of the
// single-page application; nothing: not ours. Compressed and 304 where the client allows.
std::optional<HttpResponse> FindAsset(std::span<const Asset> assets, const HttpRequest& request);

}  // namespace vdiwatch::server
