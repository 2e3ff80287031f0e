#include "tests/server/described.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "base/text.h"
#include "server/api_description.h"
#include "server/route.h"

namespace vdiwatch::server {
namespace {

using valijson::adapters::NlohmannJsonAdapter;

Json Strict(const Json& schema);

// The members of all parts in one, since a part alone would refuse the members of the others.
Json Joined(const Json& parts) {
  Json joined = {{"type", "object"}, {"properties", Json::object()}, {"required", Json::array()}};
  for (const Json& part : parts) {
    const Json whole = Strict(Resolved(part));
    joined["properties"].update(whole.at("properties"));
    for (const Json& name : whole.value("required", Json::array())) {
      joined["required"].push_back(name);
    }
  }
  joined["additionalProperties"] = false;
  return joined;
}

// The schema as the daemon must keep to it: clients have to bear members that they do not know, but
// the daemon sends none that is not described.
Json Strict(const Json& schema) {
  if (const auto parts = schema.find("allOf"); parts != schema.end()) return Joined(*parts);
  Json strict = schema;
  // valijson 1.0 asks for the format of a null, too.
  if (strict.contains("type") && strict["type"].is_array()) strict.erase("format");
  for (const char* key : {"items", "additionalProperties"}) {
    if (strict.contains(key) && strict[key].is_object()) strict[key] = Strict(strict[key]);
  }
  for (const char* key : {"anyOf", "oneOf"}) {
    if (!strict.contains(key)) continue;
    for (Json& one : strict[key]) one = Strict(one);
  }
  if (!strict.contains("properties")) return strict;
  for (Json& property : strict["properties"]) property = Strict(property);
  if (!strict.contains("additionalProperties")) strict["additionalProperties"] = false;
  return strict;
}

const Json& StrictSchemas() {
  static const Json kSchemas = [] {
    Json schemas = OpenApi().at("components").at("schemas");
    for (Json& schema : schemas) schema = Strict(schema);
    return schemas;
  }();
  return kSchemas;
}

const valijson::Schema& Compiled(const Json& schema) {
  static std::map<std::string, std::unique_ptr<valijson::Schema>> compiled;
  std::unique_ptr<valijson::Schema>& slot = compiled[schema.dump()];
  if (slot) return *slot;
  const Json document = {{"allOf", Json::array({Strict(schema)})},
                         {"components", {{"schemas", StrictSchemas()}}}};
  slot = std::make_unique<valijson::Schema>();
  valijson::SchemaParser parser;
  parser.populateSchema(NlohmannJsonAdapter(document), *slot);
  return *slot;
}

std::string WhatIsWrong(const Json& schema, const Json& body) {
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(Compiled(schema), NlohmannJsonAdapter(body), &results)) return "";
  std::string wrong;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    for (const std::string& step : error.context) wrong += step;
    wrong += ": " + error.description + "\n";
  }
  return wrong;
}

// The described answer of this status; `default` stands for the others.
const Json* DescribedAnswer(const Json& operation, int status) {
  const Json& answers = operation.at("responses");
  auto found = answers.find(std::to_string(status));
  if (found == answers.end() && status >= 400) found = answers.find("default");
  return found == answers.end() ? nullptr : &Resolved(*found);
}

void ExpectBody(const Json& answer, const HttpResponse& response, const std::string& what) {
  const Json content = answer.value("content", Json::object());
  if (content.empty()) {
    EXPECT_EQ(response.body, "") << what << " is described without a body";
    return;
  }
  const std::string_view header = response.Header("Content-Type");
  const std::string type(Trim(header.substr(0, header.find(';'))));
  ASSERT_TRUE(content.contains(type)) << what << " is not described as " << type;
  if (!type.ends_with("/json") && !type.ends_with("+json")) return;
  const Json body = Json::parse(response.body, nullptr, false);
  ASSERT_FALSE(body.is_discarded()) << what << " is no JSON: " << response.body;
  const std::string wrong = WhatIsWrong(content[type].at("schema"), body);
  EXPECT_EQ(wrong, "") << what << " is not as described: " << response.body.substr(0, 2000);
}

}  // namespace

const Json& Resolved(const Json& maybe_reference) {
  const auto reference = maybe_reference.find("$ref");
  if (reference == maybe_reference.end()) return maybe_reference;
  return OpenApi().at(Json::json_pointer(reference->get<std::string>().substr(1)));
}

Json DescribedOperation(std::string_view method, std::string_view route_path) {
  for (const auto& [path, item] : OpenApi().at("paths").items()) {
    if (RoutePath(path) != route_path || !item.contains(ToLower(method))) continue;
    Json operation = item[ToLower(method)];
    for (const Json& parameter : item.value("parameters", Json::array())) {
      operation["parameters"].push_back(parameter);
    }
    return operation;
  }
  return nullptr;
}

void ExpectDescribed(std::string_view method, std::string_view path, const HttpResponse& response) {
  const RouteMatch match = FindRoute(Routes(), method, path);
  if (match.route == nullptr) return;
  const std::string what = fmt::format("{} {} -> {}", method, path, response.status);
  const Json operation = DescribedOperation(match.route->method, match.route->path);
  ASSERT_TRUE(operation.is_object()) << what << ": no such operation is described";
  const Json* answer = DescribedAnswer(operation, response.status);
  ASSERT_NE(answer, nullptr) << what << ": no such status is described";
  if (method != "HEAD") ExpectBody(*answer, response, what);
}

}  // namespace vdiwatch::server
