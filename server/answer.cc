#include "server/answer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "server/api_description.h"
#include "server/asset_response.h"
#include "server/negotiate.h"
#include "server/problem.h"

namespace vdiwatch::server {
namespace {

// No inline code or style, nothing from elsewhere, no frames (ECOSYSTEM §3).
constexpr std::pair<std::string_view, std::string_view> kSecurityHeaders[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
     "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"},
    {"Strict-Transport-Security", "max-age=31536000"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},  // for what does not know frame-ancestors
    {"Referrer-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

bool IsUnsafe(std::string_view method) { return method != "GET" && method != "HEAD"; }

// Why this principal may not take this route; nothing: it may.
std::optional<HttpResponse> Refuse(const Route& route, const std::optional<Principal>& principal,
                                   const HttpRequest& request) {
  if (!route.least) return std::nullopt;
  if (!principal) {
    HttpResponse response = Problem(401, "Sign in, or send a valid API token.", request.id);
    response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"vdiwatch\"");
    return response;
  }
  if (principal->role < *route.least) {
    return Problem(403,
                   fmt::format("This needs the role {}; {} is {}.", ToString(*route.least),
                               principal->name, ToString(principal->role)),
                   request.id);
  }
  // Users, tokens and audit are of the whole fleet, too.
  const bool whole_fleet = route.whole_fleet || *route.least == Role::kAdministrator;
  if (whole_fleet && !principal->sees_all()) {
    return Problem(403, "This is about the whole fleet; your access is limited to some pools.",
                   request.id);
  }
  if (!IsUnsafe(request.method) || !principal->by_cookie()) return std::nullopt;
  if (const auto why = CsrfProblem(request, *principal)) return Problem(403, *why, request.id);
  return std::nullopt;
}

// Whether this parameter means something without a value: the text of a search that holds nothing
// yet, and the first page of a list.
bool MayBeEmpty(std::string_view name) { return name == "q" || name == "cursor"; }

// The first query parameter that the route does not know, that is there twice, or that is there
// without a value, as a problem: a filter that a script left empty must not mean everything.
std::optional<HttpResponse> RefuseQuery(const Route& route, const HttpRequest& request) {
  for (std::size_t i = 0; i < request.query.size(); ++i) {
    const std::string& name = request.query[i].first;
    const auto same = [&](const auto& other) { return other.first == name; };
    if (std::any_of(request.query.begin(), request.query.begin() + i, same)) {
      return Problem(400, "Query parameter '" + Printable(name) + "' is there twice.", request.id);
    }
    if (route.any_query) continue;
    if (std::ranges::find(route.query, name) != route.query.end()) {
      if (!request.query[i].second.empty() || MayBeEmpty(name)) continue;
      return Problem(400,
                     "Query parameter '" + name + "' is empty; leave it out, or give it a value.",
                     request.id);
    }
    std::string detail = "Unknown query parameter '" + Printable(name) + "'";
    if (const auto near = Nearest(name, route.query)) {
      detail += "; did you mean '" + std::string(*near) + "'?";
    }
    return Problem(400, detail, request.id);
  }
  return std::nullopt;
}

// What the request sends or wants in a form that the route does not have, as a problem.
std::optional<HttpResponse> RefuseMediaType(const Route& route, const HttpRequest& request) {
  const MediaTypes& types = MediaTypesOf(route.method, route.path);
  if (!request.body.empty() && !types.takes.empty() &&
      !IsOneOf(request.Header("content-type"), types.takes)) {
    return Problem(415, fmt::format("Send the body as {}.", fmt::join(types.takes, " or ")),
                   request.id);
  }
  const std::string_view accept = request.Header("accept");
  const auto accepted = [&](const std::string& type) { return Accepts(accept, type); };
  if (types.gives.empty() || std::ranges::any_of(types.gives, accepted)) return std::nullopt;
  return Problem(406, fmt::format("This answers {}.", fmt::join(types.gives, " or ")), request.id);
}

HttpResponse Fail(const Services& services, const HttpRequest& request, const Error& error) {
  if (HttpStatus(error.kind) >= 500) {
    services.log.Error("request {}: {} {}: {}", request.id, request.method, Printable(request.path),
                       error.message);
  }
  return ProblemOf(error, request.id);
}

HttpResponse Take(const Services& services, const Route& route, std::string parameter,
                  const HttpRequest& request) {
  std::optional<Principal> principal;
  if (route.least) {
    auto found = services.access.Authenticate(request);
    if (!found) return Fail(services, request, found.error());
    principal = *std::move(found);
  }
  if (auto refused = Refuse(route, principal, request)) return *std::move(refused);
  if (auto refused = RefuseQuery(route, request)) return *std::move(refused);
  if (auto refused = RefuseMediaType(route, request)) return *std::move(refused);
  auto response = route.handler(services, {request, principal, std::move(parameter)});
  if (!response) return Fail(services, request, response.error());
  return UnlessUnchanged(request, *std::move(response));
}

HttpResponse Dispatch(const Services& services, std::span<const Asset> assets,
                      const HttpRequest& request) {
  RouteMatch match = FindRoute(Routes(), request.method, request.path);
  if (match.route != nullptr) {
    return Take(services, *match.route, std::move(match.parameter), request);
  }
  if (!match.methods.empty()) {
    HttpResponse response = Problem(405, "This path does not know that method.", request.id);
    response.headers.emplace_back("Allow", fmt::format("{}", fmt::join(match.methods, ", ")));
    return response;
  }
  if (auto asset = FindAsset(assets, request)) return *std::move(asset);
  return Problem(404, "There is nothing at this path.", request.id);
}

}  // namespace

HttpResponse Answer(const Services& services, std::span<const Asset> assets,
                    const HttpRequest& request) {
  HttpResponse response = Dispatch(services, assets, request);
  for (const auto& [name, value] : kSecurityHeaders) response.headers.emplace_back(name, value);
  return response;
}

}  // namespace vdiwatch::server
