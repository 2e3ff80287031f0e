#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace vdiwatch::server {

// The OpenAPI 3.1 document of this API, put together of openapi.yaml and openapi/*.yaml at build
// time.
std::string_view OpenApiYaml();
// The same as JSON, read once. A mistake in the document leaves it empty; tests see to it that
// there is none.
const Json& OpenApi();
Result<Json> ReadOpenApi(std::string_view yaml);

// Which media types an operation takes and gives, by a line of routes.cc. Both are empty where the
// document does not know the operation.
struct MediaTypes {
  std::vector<std::string> takes, gives;
};
const MediaTypes& MediaTypesOf(std::string_view method, std::string_view route_path);

// "/api/v1/pools/{pool}" -> "/api/v1/pools/{}", as routes.cc writes it.
std::string RoutePath(std::string_view documented_path);

}  // namespace vdiwatch::server
