#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"
#include "server/http.h"

namespace vdiwatch::server {

// What a client sends, takes and has already (RFC 9110 §8.3, §12.5.1, §8.8.3 and §13).

// Whether an Accept header lets this media type through; an empty header lets all.
bool Accepts(std::string_view accept, std::string_view media_type);
// Whether a Content-Type is one of these, whatever its parameters.
bool IsOneOf(std::string_view content_type, std::span<const std::string> media_types);

// The strong tag of these bytes, with its quotes.
std::string EtagOf(std::string_view body);
// Whether a list of tags, or *, has this one; weak comparison.
bool ListsEtag(std::string_view header, std::string_view etag);

// 304 in the place of a good answer that the client has already; else the answer with its tag. A
// tag that the handler gave stays.
HttpResponse UnlessUnchanged(const HttpRequest& request, HttpResponse response);

// Why a write must not go on: it has no If-Match (428), or the thing, whose GET answers `current`,
// has changed since (412). Nothing: go on.
std::optional<HttpResponse> RefuseUnlessCurrent(const HttpRequest& request, const Json& current);

}  // namespace vdiwatch::server
