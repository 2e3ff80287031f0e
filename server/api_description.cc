#include "server/api_description.h"

#include <charconv>
#include <map>

#include "base/text.h"
#include "base/yaml.h"

extern "C" {
extern const char vdiwatch_openapi[];
extern const char vdiwatch_openapi_end[];
}

namespace vdiwatch::server {
namespace {

// Plain scalars by the core schema of YAML 1.2; the document has no octal or hexadecimal ones.
Json ScalarToJson(const Yaml& scalar) {
  const std::string& text = scalar.text;
  if (scalar.quoted) return text;
  if (text == "true" || text == "false") return text == "true";
  if (const auto number = ParseInteger(text)) return *number;
  double real = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), real);
  if (error == std::errc() && end == text.data() + text.size()) return real;
  return text;
}

Json YamlToJson(const Yaml& yaml) {
  switch (yaml.kind) {
    case Yaml::Kind::kNull:
      return nullptr;
    case Yaml::Kind::kScalar:
      return ScalarToJson(yaml);
    case Yaml::Kind::kSequence: {
      Json array = Json::array();
      for (const Yaml& item : yaml.items) array.push_back(YamlToJson(item));
      return array;
    }
    case Yaml::Kind::kMap:
      break;
  }
  Json object = Json::object();
  for (const YamlEntry& entry : yaml.entries) {
    object[entry.key.text] = YamlToJson(entry.value);
  }
  return object;
}

std::vector<std::string> ContentOf(const Json& body) {
  std::vector<std::string> types;
  const Json content = body.value("content", Json::object());
  for (const auto& entry : content.items()) types.push_back(entry.key());
  return types;
}

MediaTypes ReadMediaTypes(const Json& operation) {
  MediaTypes types;
  types.takes = ContentOf(operation.value("requestBody", Json::object()));
  const Json responses = operation.value("responses", Json::object());
  for (const auto& [status, response] : responses.items()) {
    if (!status.starts_with('2')) continue;
    for (std::string& type : ContentOf(response)) types.gives.push_back(std::move(type));
  }
  return types;
}

std::map<std::string, MediaTypes, std::less<>> ReadAllMediaTypes() {
  std::map<std::string, MediaTypes, std::less<>> all;
  const Json paths = OpenApi().value("paths", Json::object());
  for (const auto& [path, item] : paths.items()) {
    for (const auto& [method, operation] : item.items()) {
      if (!operation.is_object()) continue;  // `parameters`
      all[method + " " + RoutePath(path)] = ReadMediaTypes(operation);
    }
  }
  return all;
}

}  // namespace

std::string_view OpenApiYaml() {
  return {vdiwatch_openapi, static_cast<std::size_t>(vdiwatch_openapi_end - vdiwatch_openapi)};
}

Result<Json> ReadOpenApi(std::string_view yaml) {
  std::vector<Diagnostic> mistakes;
  const auto documents = ParseYaml(yaml, "openapi.yaml", mistakes);
  if (!mistakes.empty()) return Invalid(ToString(mistakes.front()));
  if (documents.size() != 1) return Invalid("openapi.yaml: not one document");
  return YamlToJson(documents.front());
}

const Json& OpenApi() {
  static const Json kDocument = [] {
    auto read = ReadOpenApi(OpenApiYaml());
    return read ? *std::move(read) : Json::object();
  }();
  return kDocument;
}

const MediaTypes& MediaTypesOf(std::string_view method, std::string_view route_path) {
  static const auto kAll = ReadAllMediaTypes();
  static const MediaTypes kNone;
  const auto found = kAll.find(ToLower(method) + " " + std::string(route_path));
  return found == kAll.end() ? kNone : found->second;
}

std::string RoutePath(std::string_view documented_path) {
  std::string path;
  bool inside = false;
  for (const char c : documented_path) {
    if (c == '}') inside = false;
    if (!inside) path += c;
    if (c == '{') inside = true;
  }
  return path;
}

}  // namespace vdiwatch::server
