#include "server/problem.h"

#include <array>

namespace vdiwatch::server {
namespace {

struct Kind {
  int status;
  std::string_view name;
  std::string_view title;
};

// The name ends the problem's type URI and never changes; docs/operations.md explains each.
constexpr std::array<Kind, 14> kKinds = {{
    {400, "invalid-request", "The request is not valid"},
    {401, "sign-in-required", "Sign in first"},
    {403, "forbidden", "Not allowed"},
    {404, "not-found", "No such thing"},
    {405, "method-not-allowed", "Not with this method"},
    {406, "not-acceptable", "There is no such form of it"},
    {409, "conflict", "The request conflicts with what is there"},
    {412, "changed-meanwhile", "It has changed since it was read"},
    {413, "too-large", "The request is too large"},
    {415, "media-type", "The body is of the wrong media type"},
    {428, "version-required", "Say which version you mean"},
    {429, "too-many-attempts", "Too many attempts"},
    {503, "unavailable", "Not available now"},
    {500, "internal", "Something failed inside"},
}};

const Kind& KindOf(int status) {
  for (const Kind& kind : kKinds) {
    if (kind.status == status) return kind;
  }
  return kKinds.back();
}

}  // namespace

HttpResponse Problem(int status, std::string_view detail, std::string_view request_id, Json more) {
  const Kind& kind = KindOf(status);
  more["type"] = "urn:vdiwatch:problem:" + std::string(kind.name);
  more["title"] = kind.title;
  more["status"] = status;
  more["detail"] = detail;
  more["request_id"] = request_id;
  HttpResponse response = JsonResponse(more, status);
  response.headers[0].second = "application/problem+json";
  return response;
}

HttpResponse ProblemOf(const Error& error, std::string_view request_id) {
  const int status = HttpStatus(error.kind);
  if (status == 500) return Problem(500, "The log has the reason under this id.", request_id);
  HttpResponse response = Problem(status, error.message, request_id);
  if (status == 503) response.headers.emplace_back("Retry-After", "5");
  return response;
}

}  // namespace vdiwatch::server
