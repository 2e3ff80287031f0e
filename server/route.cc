#include "server/route.h"

#include "base/text.h"

namespace vdiwatch::server {
namespace {

// Whether the path is one of the pattern's; fills in what {} stood for.
bool Matches(std::string_view pattern, std::string_view path, std::string& parameter) {
  const auto wanted = Split(pattern, '/');
  const auto given = Split(path, '/');
  if (wanted.size() != given.size()) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] != "{}") {
      if (wanted[i] != given[i]) return false;
      continue;
    }
    auto decoded = PercentDecode(given[i]);
    if (!decoded || decoded->empty()) return false;
    parameter = std::move(*decoded);
  }
  return true;
}

}  // namespace

std::string_view Call::Query(std::string_view name) const {
  for (const auto& [key, value] : request.query) {
    if (key == name) return value;
  }
  return {};
}

RouteMatch FindRoute(std::span<const Route> routes, std::string_view method,
                     std::string_view path) {
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  RouteMatch match;
  for (const Route& route : routes) {
    if (!Matches(route.path, path, match.parameter)) continue;
    if (route.method == wanted) {
      match.route = &route;
      return match;
    }
    match.methods.push_back(route.method);
  }
  return match;
}

std::size_t MaxBodyBytes(std::string_view method, std::string_view path) {
  static constexpr std::size_t kOtherwise = 64 << 10;
  const RouteMatch match = FindRoute(Routes(), method, path);
  return match.route == nullptr ? kOtherwise : match.route->max_body_bytes;
}

}  // namespace vdiwatch::server
