// openapi.yaml against routes.cc: neither knows anything that the other does not.
#include <gtest/gtest.h>

#include <set>

#include "server/api_description.h"
#include "server/route.h"
#include "tests/server/described.h"
#include "tests/server/test_site.h"

namespace vdiwatch::server {
namespace {

using Names = std::set<std::string>;

std::string NameOf(const Route& route) {
  return std::string(route.method) + " " + std::string(route.path);
}

Json Operation(const Route& route) { return DescribedOperation(route.method, route.path); }

Names ParametersIn(const Json& operation, std::string_view place) {
  Names names;
  for (const Json& parameter : operation.value("parameters", Json::array())) {
    const Json& whole = Resolved(parameter);
    if (whole.at("in") == place) names.insert(whole.at("name"));
  }
  return names;
}

// Calls visit(schema or other object) for every object below `json`.
void ForEachObject(const Json& json, const std::function<void(const Json&)>& visit) {
  if (json.is_object()) visit(json);
  if (!json.is_structured()) return;
  for (const Json& child : json) ForEachObject(child, visit);
}

TEST(OpenApiTest, TheDocumentHasNoMistake) {
  const auto read = ReadOpenApi(OpenApiYaml());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->at("openapi"), "3.1.0");
  EXPECT_EQ(*read, OpenApi());
}

TEST(OpenApiTest, DescribesTheRoutesAndNoOthers) {
  Names described, routed;
  for (const auto& [path, item] : OpenApi().at("paths").items()) {
    for (const auto& [method, operation] : item.items()) {
      if (method == "parameters") continue;
      std::string upper = method;
      std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
      EXPECT_TRUE(described.insert(upper + " " + RoutePath(path)).second) << method << " " << path;
    }
  }
  for (const Route& route : Routes()) routed.insert(NameOf(route));
  EXPECT_EQ(described, routed);
}

TEST(OpenApiTest, DescribesTheirRolesAndParameters) {
  for (const Route& route : Routes()) {
    const Json operation = Operation(route);
    ASSERT_TRUE(operation.is_object()) << NameOf(route);
    const std::string role = route.least ? std::string(ToString(*route.least)) : "none";
    EXPECT_EQ(operation.value("x-role", ""), role) << NameOf(route);
    EXPECT_EQ(operation.contains("security"), !route.least) << NameOf(route);
    EXPECT_EQ(ParametersIn(operation, "query"), Names(route.query.begin(), route.query.end()))
        << NameOf(route);
    const std::size_t blanks = route.path.find("{}") == std::string_view::npos ? 0 : 1;
    EXPECT_EQ(ParametersIn(operation, "path").size(), blanks) << NameOf(route);
  }
}

TEST(OpenApiTest, EveryOperationSaysWhatItAnswers) {
  Names ids;
  for (const Route& route : Routes()) {
    const Json operation = Operation(route);
    EXPECT_TRUE(ids.insert(operation.at("operationId")).second) << NameOf(route);
    EXPECT_FALSE(operation.value("summary", "").empty()) << NameOf(route);
    const Json& responses = operation.at("responses");
    EXPECT_TRUE(responses.contains("default")) << NameOf(route) << " has problems, too";
    EXPECT_EQ(responses.contains("304"), route.method == "GET") << NameOf(route);
    const Json body = operation.value("requestBody", Json::object());
    const Json content = body.value("content", Json::object());
    for (const auto& [type, media] : content.items()) {
      EXPECT_TRUE(media.contains("example")) << NameOf(route) << " " << type;
    }
  }
}

TEST(OpenApiTest, EveryReferenceLeadsSomewhere) {
  std::set<std::string> used;
  ForEachObject(OpenApi(), [&](const Json& object) {
    const auto reference = object.find("$ref");
    if (reference == object.end() || !reference->is_string()) return;
    const std::string target = *reference;
    EXPECT_TRUE(OpenApi().contains(Json::json_pointer(target.substr(1)))) << target;
    used.insert(target);
  });
  for (const auto& [name, schema] : OpenApi().at("components").at("schemas").items()) {
    EXPECT_TRUE(used.contains("#/components/schemas/" + name)) << "nothing uses " << name;
  }
}

// Members that are required but not described would make every answer wrong, and none would tell.
TEST(OpenApiTest, RequiredMembersAreDescribed) {
  ForEachObject(OpenApi(), [](const Json& object) {
    if (!object.contains("required") || !object["required"].is_array()) return;
    for (const Json& name : object["required"]) {
      EXPECT_TRUE(object.value("properties", Json::object()).contains(name.get<std::string>()))
          << name << " in " << object.dump().substr(0, 200);
    }
  });
}

TEST(OpenApiTest, IsServedInBothForms) {
  TestSite site;
  const HttpResponse json = site.Send(Request("GET", "/api/v1/openapi.json"));
  EXPECT_EQ(json.status, 200);
  EXPECT_EQ(BodyOf(json), OpenApi());
  const HttpResponse yaml = site.Send(Request("GET", "/api/v1/openapi.yaml"));
  EXPECT_EQ(yaml.Header("Content-Type"), "application/yaml");
  EXPECT_EQ(yaml.body, OpenApiYaml());
}

}  // namespace
}  // namespace vdiwatch::server
