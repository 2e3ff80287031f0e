#include "tests/server/sign_in/people.h"

namespace vdiwatch::server {
namespace {

Json Wanted(const std::string& role, std::int64_t expires_in_s = 3600) {
  return {{"name", "nightly"}, {"role", role}, {"expires_in_s", expires_in_s}};
}

class ApiTokensTest : public testing::Test {
 protected:
  // Made by this person; its secret.
  std::string Make(Person& person, const Json& wanted) {
    const HttpResponse made = person.Send("POST", "/api/v1/api-tokens", wanted);
    EXPECT_EQ(made.status, 201) << made.body;
    return BodyOf(made).value("token", "");
  }
  HttpResponse By(const std::string& token, const std::string& method, const std::string& target,
                  const Json& body = nullptr) {
    HttpRequest request = Request(method, target);
    request.headers["authorization"] = "Bearer " + token;
    request.headers["content-type"] = "application/json";
    if (!body.is_null()) request.body = body.dump();
    return site_.Send(request);
  }
  TestSite site_;
  Person root_{site_, "root", Role::kAdministrator};
};

TEST_F(ApiTokensTest, AreShownOnceAndKeptAsAHash) {
  Person ada(site_, "ada", Role::kOperator);
  const std::string token = Make(ada, Wanted("viewer"));
  EXPECT_TRUE(token.starts_with("vdw_api_"));
  EXPECT_EQ(BodyOf(By(token, "GET", "/api/v1/session"))["role"], "viewer");
  const HttpResponse list = ada.Send("GET", "/api/v1/api-tokens");
  EXPECT_EQ(list.body.find(token), std::string::npos);
  const Json shown = BodyOf(list)["api_tokens"][0];
  EXPECT_EQ(shown["owner"], "ada");
  EXPECT_EQ(shown["last_used"], FormatTime(kStart));
  EXPECT_EQ(shown["expired"], false);
  site_.clock.Advance(Seconds(3600));
  EXPECT_EQ(By(token, "GET", "/api/v1/session").status, 401);
}

TEST_F(ApiTokensTest, MayDoNoMoreThanWhoMakesThem) {
  Person ada(site_, "ada", Role::kOperator);
  EXPECT_EQ(ada.Send("POST", "/api/v1/api-tokens", Wanted("administrator")).status, 403);
  ASSERT_EQ(root_.Change("PATCH", "/api/v1/users/ada", {{"pools", {"fin-*"}}}).status, 200);
  ada.SignIn("ada");
  Json wanted = Wanted("viewer");
  const std::string inherited = Make(ada, wanted);
  EXPECT_EQ(BodyOf(By(inherited, "GET", "/api/v1/session"))["pools"], Json::array({"fin-*"}));
  wanted["pools"] = {"hr"};
  EXPECT_EQ(ada.Send("POST", "/api/v1/api-tokens", wanted).status, 403);
  wanted["pools"] = Json::array();
  EXPECT_EQ(ada.Send("POST", "/api/v1/api-tokens", wanted).status, 403) << "every pool";
  wanted["pools"] = {"fin-1"};
  EXPECT_EQ(ada.Send("POST", "/api/v1/api-tokens", wanted).status, 201);
}

TEST_F(ApiTokensTest, FollowWhatBecomesOfTheirOwner) {
  Person ada(site_, "ada", Role::kOperator);
  const std::string token = Make(ada, Wanted("operator"));
  root_.Change("PATCH", "/api/v1/users/ada", {{"role", "viewer"}});
  EXPECT_EQ(BodyOf(By(token, "GET", "/api/v1/session"))["role"], "viewer");
  root_.Change("PATCH", "/api/v1/users/ada", {{"pools", {"fin-*"}}});
  EXPECT_EQ(By(token, "GET", "/api/v1/session").status, 401) << "it reaches further than its owner";
  root_.Change("PATCH", "/api/v1/users/ada", {{"pools", Json::array()}, {"disabled", true}});
  EXPECT_EQ(By(token, "GET", "/api/v1/session").status, 401);
  root_.Change("PATCH", "/api/v1/users/ada", {{"disabled", false}});
  EXPECT_EQ(By(token, "GET", "/api/v1/session").status, 200);
  root_.Change("DELETE", "/api/v1/users/ada");
  EXPECT_EQ(By(token, "GET", "/api/v1/session").status, 401);
  EXPECT_TRUE(root_.Get("/api/v1/api-tokens")["api_tokens"].empty());
}

TEST_F(ApiTokensTest, AreRevokedByTheirOwnerOrAnAdministrator) {
  Person ada(site_, "ada", Role::kViewer), bob(site_, "bob", Role::kOperator);
  for (Person* revoker : {&ada, &root_}) {
    const std::string token = Make(ada, Wanted("viewer"));
    const Json shown = ada.Get("/api/v1/api-tokens")["api_tokens"][0];
    const std::string path = "/api/v1/api-tokens/" + shown["id"].get<std::string>();
    EXPECT_EQ(bob.Send("DELETE", path).status, 404);
    EXPECT_TRUE(bob.Get("/api/v1/api-tokens")["api_tokens"].empty());
    EXPECT_EQ(revoker->Send("DELETE", path).status, 204);
    EXPECT_EQ(By(token, "GET", "/api/v1/session").status, 401);
    EXPECT_EQ(revoker->Send("DELETE", path).status, 404);
  }
}

TEST_F(ApiTokensTest, ATokenMakesNoneThatOutlivesIt) {
  const std::string nobodys = site_.NewApiToken(Role::kAdministrator, Seconds(600));
  EXPECT_EQ(By(nobodys, "POST", "/api/v1/api-tokens", Wanted("viewer", 60)).status, 403);
  const std::string token = Make(root_, Wanted("administrator", 600));
  EXPECT_EQ(By(token, "POST", "/api/v1/api-tokens", Wanted("viewer", 601)).status, 403);
  EXPECT_EQ(By(token, "POST", "/api/v1/api-tokens", Wanted("viewer", 600)).status, 201);
}

TEST_F(ApiTokensTest, ServerMadeOnesAreNobodysOwn) {
  site_.NewApiToken(Role::kAdministrator);
  const std::string viewer = site_.NewApiToken(Role::kViewer);
  EXPECT_TRUE(BodyOf(By(viewer, "GET", "/api/v1/api-tokens"))["api_tokens"].empty());
}

TEST_F(ApiTokensTest, BadOnesAreRefused) {
  EXPECT_EQ(root_.Send("POST", "/api/v1/api-tokens", Wanted("king")).status, 400);
  EXPECT_EQ(root_.Send("POST", "/api/v1/api-tokens", Wanted("viewer", 0)).status, 400);
  EXPECT_EQ(root_.Send("POST", "/api/v1/api-tokens", Wanted("viewer", 367LL * 86'400)).status, 400);
  Json nameless = Wanted("viewer");
  nameless["name"] = " ";
  EXPECT_EQ(root_.Send("POST", "/api/v1/api-tokens", nameless).status, 400);
}

TEST_F(ApiTokensTest, EnrolmentTokensAreRevokedToo) {
  const Json made = BodyOf(
      site_.Post("/api/v1/tokens", {{"pool", "citrix"}, {"expires_in_s", 60}}, Role::kOperator));
  const std::string path = "/api/v1/tokens/" + made["id"].get<std::string>();
  const std::string scoped = site_.NewApiToken(Role::kOperator, Seconds(60), {"xen"});
  EXPECT_EQ(By(scoped, "DELETE", path).status, 404);
  EXPECT_EQ(root_.Send("DELETE", "/api/v1/tokens/999999").status, 404);
  EXPECT_EQ(root_.Send("DELETE", path).status, 204);
  EXPECT_EQ(site_.GetJson("/api/v1/tokens", Role::kOperator)["tokens"][0]["revoked"], true);
  EXPECT_EQ(root_.Get("/api/v1/audit?action=enrol_token_revoked")["entries"].size(), 1u);
}

}  // namespace
}  // namespace vdiwatch::server
