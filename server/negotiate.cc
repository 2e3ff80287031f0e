#include "server/negotiate.h"

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "server/problem.h"

namespace vdiwatch::server {
namespace {

std::string_view WithoutParameters(std::string_view media_type) {
  return Trim(media_type.substr(0, media_type.find(';')));
}

// "q=0" and "q=0.0" among the parameters of a media range rule it out.
bool RulesOut(std::string_view range) {
  const auto parameters = Split(range, ';');
  return std::any_of(parameters.begin() + 1, parameters.end(), [](std::string_view parameter) {
    parameter = Trim(parameter);
    return (parameter.starts_with("q=0") || parameter.starts_with("Q=0")) &&
           parameter.find_first_of("123456789") == std::string_view::npos;
  });
}

bool Covers(std::string_view range, std::string_view media_type) {
  if (range == "*/*") return true;
  if (!range.ends_with("/*")) return EqualsIgnoreCase(range, media_type);
  range.remove_suffix(1);
  return EqualsIgnoreCase(range, media_type.substr(0, range.size()));
}

// As If-Match asks: * is whatever there is, and a weak tag is none (RFC 9110 §13.1.1).
bool MatchesStrongly(std::string_view header, std::string_view etag) {
  return std::ranges::any_of(Split(header, ','), [&](std::string_view item) {
    item = Trim(item);
    return item == "*" || item == etag;
  });
}

std::string_view WithoutWeakness(std::string_view etag) {
  return etag.starts_with("W/") ? etag.substr(2) : etag;
}

}  // namespace

bool Accepts(std::string_view accept, std::string_view media_type) {
  if (Trim(accept).empty()) return true;
  return std::ranges::any_of(Split(accept, ','), [&](std::string_view range) {
    return Covers(WithoutParameters(range), media_type) && !RulesOut(range);
  });
}

bool IsOneOf(std::string_view content_type, std::span<const std::string> media_types) {
  return std::ranges::any_of(media_types, [&](const std::string& type) {
    return EqualsIgnoreCase(WithoutParameters(content_type), type);
  });
}

std::string EtagOf(std::string_view body) { return '"' + Hex(Sha256(body)).substr(0, 32) + '"'; }

bool ListsEtag(std::string_view header, std::string_view etag) {
  return std::ranges::any_of(Split(header, ','), [&](std::string_view item) {
    item = Trim(item);
    return item == "*" || WithoutWeakness(item) == WithoutWeakness(etag);
  });
}

HttpResponse UnlessUnchanged(const HttpRequest& request, HttpResponse response) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (!reads || response.status != 200) return response;
  if (response.Header("ETag").empty()) {
    response.headers.emplace_back("ETag", EtagOf(response.body));
  }
  const std::string_view had = request.Header("if-none-match");
  if (had.empty() || !ListsEtag(had, response.Header("ETag"))) return response;
  response.status = 304;
  response.body.clear();
  std::erase_if(response.headers,
                [](const auto& header) { return header.first == "Content-Type"; });
  return response;
}

std::optional<HttpResponse> RefuseUnlessCurrent(const HttpRequest& request, const Json& current) {
  const std::string_view wanted = request.Header("if-match");
  if (wanted.empty()) {
    return Problem(428, "Send the ETag of what you read as If-Match.", request.id);
  }
  if (MatchesStrongly(wanted, EtagOf(JsonResponse(current).body))) return std::nullopt;
  return Problem(412, "It has changed since you read it; read it again.", request.id);
}

}  // namespace vdiwatch::server
