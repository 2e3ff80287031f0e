#include "server/handlers.h"

namespace vdiwatch::server {

// The process answers.
Result<HttpResponse> ShowHealth(const Services&, const Call&) { return TextResponse("ok\n"); }

// The store answers too.
Result<HttpResponse> ShowReadiness(const Services& services, const Call&) {
  const auto users = services.accounts.CountUsers();
  if (!users) {
    services.log.Warning("not ready: {}", users.error().message);
    return TextResponse("the store does not answer\n", 503);
  }
  return TextResponse("ok\n");
}

}  // namespace vdiwatch::server
