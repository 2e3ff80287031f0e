#include "agent/gather/imds.h"

#include "base/json.h"
#include "base/text.h"

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

constexpr std::string_view kEndOfHead = "\r\n\r\n";

Reading Failed(std::string why) { return MissingReading{Missing::kFailed, std::move(why)}; }

// The value of the head's first field of that name; empty if there is none.
std::string_view FieldOf(std::string_view head, std::string_view name) {
  for (std::string_view line : Split(head, '\n')) {
    std::size_t colon = line.find(':');
    if (colon != line.npos && EqualsIgnoreCase(line.substr(0, colon), name)) {
      return Trim(line.substr(colon + 1));
    }
  }
  return {};
}

bool IsJson(std::string_view content_type) {
  return EqualsIgnoreCase(Trim(content_type.substr(0, content_type.find(';'))), "application/json");
}

}  // namespace

bool IsWholeResponse(std::string_view response) {
  std::size_t end = response.find(kEndOfHead);
  if (end == std::string_view::npos) return false;
  auto length = ParseInteger(FieldOf(response.substr(0, end), "Content-Length"));
  std::size_t body_bytes = response.size() - end - kEndOfHead.size();
  return length && *length >= 0 && static_cast<std::uint64_t>(*length) <= body_bytes;
}

Reading ReduceAzureMetadata(std::string_view response) {
  std::size_t end = response.find(kEndOfHead);
  bool ok = response.starts_with("HTTP/1.") && response.substr(8).starts_with(" 200");
  if (!ok || end == std::string_view::npos) return Failed("the service did not answer with 200");
  if (!IsJson(FieldOf(response.substr(0, end), "Content-Type"))) {
    return Failed("the service did not answer with JSON");
  }
  auto json = ParseJson(response.substr(end + kEndOfHead.size()), "the service's answer");
  if (!json || !json->is_object()) return Failed("the service did not answer with JSON");
  Json kept = Json::object();
  for (const char* pointer : kKept) {
    const Json::json_pointer at(pointer);
    if (json->contains(at) && json->at(at).is_string()) kept[at] = json->at(at);
  }
  return TextReading{kept.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

std::string AzureVmId(const Reading& metadata) {
  const auto* text = std::get_if<TextReading>(&metadata);
  auto json = ParseJson(text ? text->text : "", "imds");
  const Json::json_pointer at("/compute/vmId");
  if (!json || !json->contains(at) || !json->at(at).is_string()) return "";
  return ToLower(json->at(at).get<std::string>());
}

std::optional<Reading> AzureAnswer(std::string_view response, bool closed) {
  constexpr std::size_t kMaxResponse = 64 << 10;
  if (response.size() > kMaxResponse) {
    return MissingReading{Missing::kFailed, "the service's answer is too large"};
  }
  if (!closed && !IsWholeResponse(response)) return std::nullopt;
  return ReduceAzureMetadata(response);
}

}  // namespace vdiwatch::agent
