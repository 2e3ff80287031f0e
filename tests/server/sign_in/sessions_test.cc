#include "tests/server/sign_in/people.h"

namespace vdiwatch::server {
namespace {

std::string CookieOf(const HttpResponse& signed_in) {
  const std::string_view cookie = signed_in.Header("Set-Cookie");
  return std::string(cookie.substr(0, cookie.find(';')));
}

TEST(SessionsTest, OnesOwnAreListedAndEnded) {
  TestSite site;
  Person ada(site, "ada", Role::kViewer);
  Person bob(site, "bob", Role::kViewer);
  Person elsewhere = ada;
  elsewhere.SignIn("ada");
  const Json sessions = ada.Get("/api/v1/sessions")["sessions"];
  ASSERT_EQ(sessions.size(), 2u) << sessions;
  EXPECT_NE(sessions[0]["current"], sessions[1]["current"]);
  const Json& other = sessions[0]["current"] == true ? sessions[1] : sessions[0];
  EXPECT_EQ(other["remote_ip"], "192.0.2.1");
  const std::string path = "/api/v1/sessions/" + other["id"].get<std::string>();
  EXPECT_EQ(bob.Send("DELETE", path).status, 404) << "not one of theirs";
  EXPECT_EQ(ada.Send("DELETE", path).status, 204);
  EXPECT_EQ(elsewhere.Send("GET", "/api/v1/session").status, 401);
  EXPECT_EQ(ada.Send("GET", "/api/v1/session").status, 200);
}

TEST(SessionsTest, AnAdministratorSeesAndEndsThemAll) {
  TestSite site;
  Person root(site, "root", Role::kAdministrator);
  Person ada(site, "ada", Role::kViewer);
  const Json sessions = root.Get("/api/v1/sessions")["sessions"];
  ASSERT_EQ(sessions.size(), 2u);
  for (const Json& session : sessions) {
    if (session["user"] != "ada") continue;
    EXPECT_EQ(root.Send("DELETE", "/api/v1/sessions/" + session["id"].get<std::string>()).status,
              204);
  }
  EXPECT_EQ(ada.Send("GET", "/api/v1/session").status, 401);
}

TEST(SessionsTest, SigningOutEverywhereIsEverywhere) {
  TestSite site;
  Person ada(site, "ada", Role::kViewer);
  Person elsewhere = ada;
  elsewhere.SignIn("ada");
  const HttpResponse ended = ada.Send("DELETE", "/api/v1/sessions");
  EXPECT_EQ(BodyOf(ended)["ended"], 2);
  EXPECT_NE(ended.Header("Set-Cookie").find("Max-Age=0"), std::string_view::npos);
  EXPECT_EQ(ada.Send("GET", "/api/v1/session").status, 401);
  EXPECT_EQ(elsewhere.Send("GET", "/api/v1/session").status, 401);
}

TEST(SessionsTest, ExpiredOnesAreNotListed) {
  TestSite site;
  Person ada(site, "ada", Role::kViewer);
  site.clock.Advance(Seconds(30 * 60));
  ada.SignIn("ada");
  EXPECT_EQ(ada.Get("/api/v1/sessions")["sessions"].size(), 1u);
}

// Somebody planted a session's cookie in the browser before its owner signed in.
TEST(SessionsTest, SigningInNeverTakesOverASessionThatIsThere) {
  TestSite site;
  Person eve(site, "eve", Role::kViewer);
  site.AddUser("ada", Role::kOperator);
  const std::string planted = CookieOf(eve.signed_in());
  HttpRequest request = Request("POST", "/api/v1/session");
  request.headers["content-type"] = "application/json";
  request.headers["cookie"] = planted;
  request.body = Json{{"user", "ada"}, {"password", kPassword}}.dump();
  const HttpResponse signed_in = site.Send(request);
  ASSERT_EQ(signed_in.status, 200);
  EXPECT_NE(CookieOf(signed_in), planted);
  EXPECT_EQ(eve.Send("GET", "/api/v1/session").status, 401) << "the old one ended";
  EXPECT_EQ(BodyOf(site.Send(BySession(Request("GET", "/api/v1/session"), signed_in)))["user"],
            "ada");
  request.headers["cookie"] = "__Host-vdiwatch=chosen-by-somebody";
  EXPECT_EQ(CookieOf(site.Send(request)).find("chosen"), std::string::npos);
}

TEST(SessionsTest, ALateUseDoesNotBringAnEndedSessionBack) {
  TestSite site;
  Person ada(site, "ada", Role::kViewer);
  const auto session = (*site.database.access->Sessions()).front();
  ASSERT_TRUE(site.database.access->DeleteSession(session.hash));
  ASSERT_TRUE(site.database.access->TouchSession(session.hash, kStart + Seconds(90)));
  EXPECT_EQ(ada.Send("GET", "/api/v1/session").status, 401);
}

TEST(SessionsTest, AnotherPasswordEndsTheOthers) {
  TestSite site;
  Person ada(site, "ada", Role::kViewer);
  Person elsewhere = ada;
  elsewhere.SignIn("ada");
  const auto change = [&](const std::string& before, const std::string& after) {
    return ada.Send("POST", "/api/v1/password", {{"old", before}, {"new", after}}).status;
  };
  EXPECT_EQ(change("not this one", "another password"), 403);
  EXPECT_EQ(change(kPassword, "short"), 400);
  EXPECT_EQ(elsewhere.Send("GET", "/api/v1/session").status, 200);
  EXPECT_EQ(change(kPassword, "another password"), 204);
  EXPECT_EQ(elsewhere.Send("GET", "/api/v1/session").status, 401);
  EXPECT_EQ(ada.Send("GET", "/api/v1/session").status, 200);
  EXPECT_EQ(site.SignIn("ada", kPassword).status, 401);
  EXPECT_EQ(site.SignIn("ada", "another password").status, 200);
}

TEST(SessionsTest, GuessingTheOldPasswordIsSlowed) {
  TestSite site;
  Person ada(site, "ada", Role::kViewer);
  int status = 403;
  for (int i = 0; i < 6; ++i) {
    status = ada.Send("POST", "/api/v1/password", {{"old", "a guess"}, {"new", "another password"}})
                 .status;
  }
  EXPECT_EQ(status, 429);
}

TEST(SessionsTest, ATokenHasNoSessionAndNoPassword) {
  TestSite site;
  const Json body = {{"old", "x"}, {"new", "another password"}};
  EXPECT_EQ(site.Post("/api/v1/password", body, Role::kViewer).status, 400);
  EXPECT_TRUE(site.GetJson("/api/v1/sessions")["sessions"].empty());
}

// Each answer of each kind: a page, an asset, the API, a problem, a redirect.
TEST(SessionsTest, EveryAnswerHasTheSecurityHeaders) {
  TestSite site;
  for (const char* target : {"/", "/assets/app-3f2a.js", "/api/v1/sign-in", "/api/v1/users",
                             "/api/v1/nothing", "/api/v1/sign-in/oidc/callback?x=1"}) {
    const HttpResponse response = site.Send(Request("GET", target));
    const std::string policy(response.Header("Content-Security-Policy"));
    EXPECT_TRUE(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
    EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos) << target;
    EXPECT_NE(policy.find("base-uri 'none'"), std::string::npos) << target;
    EXPECT_EQ(policy.find("unsafe"), std::string::npos) << target;
    EXPECT_EQ(response.Header("Strict-Transport-Security"), "max-age=31536000") << target;
    EXPECT_EQ(response.Header("X-Content-Type-Options"), "nosniff") << target;
    EXPECT_EQ(response.Header("X-Frame-Options"), "DENY") << target;
    EXPECT_EQ(response.Header("Referrer-Policy"), "same-origin") << target;
    EXPECT_EQ(response.Header("Cross-Origin-Opener-Policy"), "same-origin") << target;
    EXPECT_EQ(response.Header("Cross-Origin-Resource-Policy"), "same-origin") << target;
    EXPECT_TRUE(response.Header("Access-Control-Allow-Origin").empty()) << target;
  }
}

TEST(SessionsTest, NothingOfTheApiIsKeptByCaches) {
  TestSite site;
  Person ada(site, "ada", Role::kViewer);
  for (const char* target : {"/api/v1/session", "/api/v1/sessions", "/api/v1/users"}) {
    EXPECT_EQ(ada.Send("GET", target).Header("Cache-Control"), "no-store") << target;
  }
}

}  // namespace
}  // namespace vdiwatch::server
