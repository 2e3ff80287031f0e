#include "server/access.h"

#include "collector/store/access_store.h"
#include "tests/server/test_site.h"

namespace vdiwatch::server {
namespace {

HttpRequest CreateTokenRequest() {
  HttpRequest request = Request("POST", "/api/v1/tokens");
  request.headers["content-type"] = "application/json";
  request.body = R"({"pool": "citrix", "expires_in_s": 3600})";
  return request;
}

TEST(AccessTest, TheRightPasswordOpensASession) {
  TestSite site;
  site.AddUser("ada", Role::kOperator);
  const HttpResponse response = site.SignIn("ada", kPassword);
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(BodyOf(response)["role"], "operator");
  EXPECT_EQ(BodyOf(response)["csrf"].get<std::string>().size(), 43u);
  const std::string cookie(response.Header("Set-Cookie"));
  EXPECT_TRUE(cookie.starts_with("__Host-vdiwatch="));
  EXPECT_NE(cookie.find("; Path=/; Secure; HttpOnly; SameSite=Lax"), std::string::npos);
  const HttpResponse shown = site.Send(BySession(Request("GET", "/api/v1/session"), response));
  EXPECT_EQ(BodyOf(shown)["user"], "ada");
}

TEST(AccessTest, AWrongPasswordAndAnUnknownNameAreToldAlike) {
  TestSite site;
  site.AddUser("ada", Role::kOperator);
  const HttpResponse wrong = site.SignIn("ada", "not this one");
  const HttpResponse unknown = site.SignIn("bob", kPassword);
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.body, unknown.body);
  EXPECT_TRUE(wrong.Header("Set-Cookie").empty());
}

TEST(AccessTest, GuessingIsSlowedAndOnlyForTheGuesser) {
  TestSite site;
  site.AddUser("ada", Role::kViewer);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(site.SignIn("ada", "a wrong guess").status, 401);
  const HttpResponse refused = site.SignIn("ada", kPassword);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.Header("Retry-After"), "60");
  EXPECT_EQ(site.SignIn("ada", kPassword, "192.0.2.99").status, 200);
  site.clock.Advance(Seconds(60));
  EXPECT_EQ(site.SignIn("ada", kPassword).status, 200);
}

TEST(AccessTest, WhatTheNamesLimitRefusesCostsTheAddressNothing) {
  TestSite site;
  site.AddUser("ada", Role::kViewer);
  std::vector<std::string> lines;
  Log log(Log::Level::kWarning,
          [&](Log::Level, std::string_view text) { lines.emplace_back(text); });
  Access access(*site.database.access, site.clock, log,
                {.per_user = {1, Seconds(60), 10}, .per_address = {3, Seconds(60), 10}});
  const auto wait = [&](const std::string& name) {
    return access.SignIn(name, "a wrong guess", {"192.0.2.1"})->retry_after;
  };
  EXPECT_EQ(wait("bob"), Seconds(0));
  for (int i = 0; i < 5; ++i) EXPECT_GT(wait("bob"), Seconds(0));
  EXPECT_EQ(wait("eve"), Seconds(0));
  EXPECT_TRUE(access.SignIn("ada", kPassword, {"192.0.2.1"})->principal) << "the third one";
  EXPECT_GT(wait("joe"), Seconds(0));
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines.front(), "sign-in refused unheard: too many attempts for 'bob' from 192.0.2.1");
  EXPECT_EQ(lines.back(),
            "sign-in refused unheard: too many attempts from 192.0.2.1, now for 'joe'");
}

TEST(AccessTest, ASessionEndsWhenItIsIdle) {
  TestSite site;
  site.AddUser("ada", Role::kViewer);
  const HttpResponse signed_in = site.SignIn("ada", kPassword);
  const HttpRequest request = BySession(Request("GET", "/api/v1/session"), signed_in);
  site.clock.Advance(Seconds(29 * 60));
  EXPECT_EQ(site.Send(request).status, 200);
  site.clock.Advance(Seconds(29 * 60));
  EXPECT_EQ(site.Send(request).status, 200) << "the last request counts";
  site.clock.Advance(Seconds(30 * 60));
  EXPECT_EQ(site.Send(request).status, 401);
}

TEST(AccessTest, ASessionEndsAfterTwelveHoursEvenInUse) {
  TestSite site;
  site.AddUser("ada", Role::kViewer);
  const HttpResponse signed_in = site.SignIn("ada", kPassword);
  const HttpRequest request = BySession(Request("GET", "/api/v1/session"), signed_in);
  for (int minutes = 0; minutes < 12 * 60 - 20; minutes += 20) {
    site.clock.Advance(Seconds(20 * 60));
    ASSERT_EQ(site.Send(request).status, 200) << minutes;
  }
  site.clock.Advance(Seconds(20 * 60));
  EXPECT_EQ(site.Send(request).status, 401);
}

TEST(AccessTest, SigningOutEndsTheSession) {
  TestSite site;
  site.AddUser("ada", Role::kViewer);
  const HttpResponse signed_in = site.SignIn("ada", kPassword);
  EXPECT_EQ(site.Send(BySession(Request("DELETE", "/api/v1/session"), signed_in)).status, 204);
  EXPECT_EQ(site.Send(BySession(Request("GET", "/api/v1/session"), signed_in)).status, 401);
}

TEST(AccessTest, AWriteByCookieNeedsTheCsrfToken) {
  TestSite site;
  site.AddUser("ada", Role::kOperator);
  const HttpResponse signed_in = site.SignIn("ada", kPassword);
  HttpRequest request = BySession(CreateTokenRequest(), signed_in);
  EXPECT_EQ(site.Send(request).status, 201);
  request.headers["x-csrf-token"] = "another";
  EXPECT_EQ(site.Send(request).status, 403);
  request.headers.erase("x-csrf-token");
  EXPECT_EQ(site.Send(request).status, 403);
}

TEST(AccessTest, AWriteByCookieNeedsOurOwnPages) {
  TestSite site;
  site.AddUser("ada", Role::kOperator);
  HttpRequest request = BySession(CreateTokenRequest(), site.SignIn("ada", kPassword));
  for (const char* foreign : {"cross-site", "same-site", "none"}) {
    request.headers["sec-fetch-site"] = foreign;
    EXPECT_EQ(site.Send(request).status, 403) << foreign;
  }
  request.headers.erase("sec-fetch-site");
  EXPECT_EQ(site.Send(request).status, 403) << "nothing tells where it comes from";
  request.headers["origin"] = "https://evil.example";
  EXPECT_EQ(site.Send(request).status, 403);
  request.headers["origin"] = "https://localhost:7444";
  EXPECT_EQ(site.Send(request).status, 201);
}

TEST(AccessTest, SigningInFromAnotherSiteIsRefused) {
  TestSite site;
  site.AddUser("ada", Role::kViewer);
  HttpRequest request = Request("POST", "/api/v1/session");
  request.headers["content-type"] = "application/json";
  request.headers["sec-fetch-site"] = "cross-site";
  request.body = Json{{"user", "ada"}, {"password", kPassword}}.dump();
  EXPECT_EQ(site.Send(request).status, 403);
}

TEST(AccessTest, ApiTokensExpire) {
  TestSite site;
  HttpRequest request = Request("GET", "/api/v1/session");
  request.headers["authorization"] = "Bearer " + site.NewApiToken(Role::kViewer, Seconds(60));
  EXPECT_EQ(site.Send(request).status, 200);
  site.clock.Advance(Seconds(60));
  EXPECT_EQ(site.Send(request).status, 401);
  request.headers["authorization"] = "Bearer vdw_api_none";
  EXPECT_EQ(site.Send(request).status, 401);
}

TEST(AccessTest, ABadTokenIsNotSavedByAGoodCookie) {
  TestSite site;
  site.AddUser("ada", Role::kViewer);
  HttpRequest request = BySession(Request("GET", "/api/v1/session"), site.SignIn("ada", kPassword));
  request.headers["authorization"] = "Bearer vdw_api_none";
  EXPECT_EQ(site.Send(request).status, 401);
}

TEST(AccessTest, EveryRouteKnowsItsLeastRole) {
  TestSite site;
  for (const Route& route : Routes()) {
    if (!route.least) continue;
    HttpRequest request = Request(std::string(route.method), std::string(route.path));
    EXPECT_EQ(site.Send(request).status, 401) << route.method << " " << route.path;
    if (*route.least == Role::kViewer) continue;
    const Role below = static_cast<Role>(static_cast<int>(*route.least) - 1);
    request.headers["authorization"] = "Bearer " + site.NewApiToken(below);
    EXPECT_EQ(site.Send(request).status, 403) << route.method << " " << route.path;
  }
}

TEST(AccessTest, WritesAndSignInsAreAudited) {
  TestSite site;
  site.AddUser("ada", Role::kOperator);
  site.SignIn("ada", "a wrong guess");
  const HttpResponse signed_in = site.SignIn("ada", kPassword);
  site.Send(BySession(CreateTokenRequest(), signed_in));
  const auto log = site.database.access->AuditLog(10);
  ASSERT_TRUE(log);
  ASSERT_EQ(log->size(), 3u);
  EXPECT_EQ((*log)[0].action, "enrol_token_created");
  EXPECT_EQ((*log)[0].actor, "ada");
  EXPECT_EQ((*log)[0].subject, "citrix");
  EXPECT_EQ((*log)[1].action, "sign_in");
  EXPECT_EQ((*log)[2].action, "sign_in_failed");
  EXPECT_EQ((*log)[2].detail, "192.0.2.1");
}

}  // namespace
}  // namespace vdiwatch::server
