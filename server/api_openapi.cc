#include "server/api_description.h"
#include "server/handlers.h"

namespace vdiwatch::server {

Result<HttpResponse> ShowOpenApi(const Services&, const Call&) { return JsonResponse(OpenApi()); }

Result<HttpResponse> ShowOpenApiAsYaml(const Services&, const Call&) {
  HttpResponse response = TextResponse(std::string(OpenApiYaml()));
  response.headers[0].second = "application/yaml";  // RFC 9512
  return response;
}

}  // namespace vdiwatch::server
