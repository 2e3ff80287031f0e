#include "agent/gather/imds.h"

#include "base/json.h"

namespace vdiwatch::agent {
namespace {

// Source: Azure Instance Metadata Service, schema of `instance`.
constexpr const char* kKept[] = {
    "/compute/azEnvironment",
    "/compute/vmId",
    "/compute/vmSize",
    "/compute/licenseType",
    "/compute/securityProfile/securityType",
    "/compute/storageProfile/imageReference/id",
    "/compute/storageProfile/osDisk/diffDiskSettings/option",
};

Reading Failed(std::string why) { return MissingReading{Missing::kFailed, std::move(why)}; }

}  // namespace

Reading ReduceAzureMetadata(std::string_view response) {
  std::size_t body = response.find("\r\n\r\n");
  bool ok = response.starts_with("HTTP/1.") && response.substr(8).starts_with(" 200");
  if (!ok || body == std::string_view::npos) return Failed("the service did not answer with 200");
  auto json = ParseJson(response.substr(body + 4), "the service's answer");
  if (!json || !json->is_object()) return Failed("the service did not answer with JSON");
  Json kept = Json::object();
  for (const char* pointer : kKept) {
    const Json::json_pointer at(pointer);
    if (json->contains(at) && json->at(at).is_string()) kept[at] = json->at(at);
  }
  return TextReading{kept.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

}  // namespace vdiwatch::agent
