#include "server/metrics.h"
#include "server/problem.h"

namespace vdiwatch::server {

// The route is open; who may read is decided here.
Result<HttpResponse> ShowMetrics(const Services& services, const Call& call) {
  if (services.metrics == nullptr) return NotFound("This daemon has no metrics.");
  if (!services.metrics->open()) {
    ASSIGN_OR_RETURN(const auto principal, services.access.Authenticate(call.request));
    if (!principal) {
      HttpResponse response =
          Problem(401, "Send a valid API token, or set metrics.open.", call.request.id);
      response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"vdiwatch\"");
      return response;
    }
    if (!principal->sees_all()) {
      return Denied("This is about the whole fleet; your access is limited to some pools.");
    }
  }
  return HttpResponse{
      200,
      {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}, {"Cache-Control", "no-store"}},
      services.metrics->Scrape()};
}

}  // namespace vdiwatch::server
