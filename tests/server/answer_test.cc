#include "server/answer.h"

#include "tests/server/test_site.h"

namespace vdiwatch::server {
namespace {

HttpRequest Page(const std::string& path) {
  HttpRequest request = Request("GET", path);
  request.headers["accept"] = "text/html,application/xhtml+xml;q=0.9";
  return request;
}

TEST(AnswerTest, EveryAnswerCarriesTheSecurityHeaders) {
  TestSite site;
  for (const char* path : {"/", "/healthz", "/api/v1/pools", "/api/nothing"}) {
    const HttpResponse response = site.Send(Page(path));
    EXPECT_NE(response.Header("Content-Security-Policy").find("default-src 'none'"),
              std::string_view::npos)
        << path;
    EXPECT_EQ(response.Header("Content-Security-Policy").find("unsafe"), std::string_view::npos);
    EXPECT_EQ(response.Header("X-Content-Type-Options"), "nosniff") << path;
    EXPECT_FALSE(response.Header("Strict-Transport-Security").empty()) << path;
  }
}

TEST(AnswerTest, AProblemSaysWhatAndWhichRequest) {
  TestSite site;
  const HttpResponse response = site.Send(Request("GET", "/api/v1/pools"));
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(response.Header("Content-Type"), "application/problem+json");
  const Json problem = BodyOf(response);
  EXPECT_EQ(problem["type"], "urn:vdiwatch:problem:sign-in-required");
  EXPECT_EQ(problem["status"], 401);
  EXPECT_EQ(problem["request_id"], "0123456789abcdef");
  EXPECT_FALSE(problem["detail"].get<std::string>().empty());
}

TEST(AnswerTest, UnknownQueryParametersAreRefused) {
  TestSite site;
  const HttpResponse response = site.Get("/api/v1/desktops?persence=off");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(BodyOf(response)["detail"],
            "Unknown query parameter 'persence'; did you mean 'presence'?");
  EXPECT_EQ(site.Get("/api/v1/pools?q=a&q=b").status, 400);
}

TEST(AnswerTest, AnEmptyFilterDoesNotMeanEverything) {
  TestSite site;
  for (const auto& [target, name] : std::initializer_list<std::pair<std::string, std::string>>{
           {"desktops?pool=", "pool"},
           {"desktops?grade=", "grade"},
           {"desktops?rule", "rule"},
           {"alerts?cause=", "cause"},
           {"audit?actor=", "actor"},
           {"reports/compliance?scope=", "scope"},
           {"reports/compliance?at=&format=csv", "at"},
           {"deliveries?sink=", "sink"}}) {
    const HttpResponse response = site.Get("/api/v1/" + target, Role::kAdministrator);
    EXPECT_EQ(response.status, 400) << target;
    EXPECT_EQ(BodyOf(response)["detail"],
              "Query parameter '" + name + "' is empty; leave it out, or give it a value.");
  }
  EXPECT_EQ(site.Get("/api/v1/desktops?q=&cursor=").status, 200) << "as a form and a loop begin";
}

TEST(AnswerTest, UnknownPathsAndMethods) {
  TestSite site;
  EXPECT_EQ(site.Send(Page("/api/v1/nothing")).status, 404);
  EXPECT_EQ(site.Get("/api/v1/pools/a/b").status, 404);
  const HttpResponse response = site.Send(Request("PUT", "/api/v1/session"));
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.Header("Allow"), "POST, GET, DELETE");
}

TEST(AnswerTest, PathSegmentsAreDecodedAfterTheyAreTold) {
  TestSite site;
  site.PoolId("a/b c");
  EXPECT_EQ(site.GetJson("/api/v1/pools/a%2Fb%20c")["name"], "a/b c");
  EXPECT_EQ(site.Get("/api/v1/pools/%zz").status, 404);
  EXPECT_EQ(site.Get("/api/v1/pools/%ff").status, 404);
}

TEST(AnswerTest, PagesOfTheApplicationAreItsIndex) {
  TestSite site;
  for (const char* path : {"/", "/pools/xen", "/desktops"}) {
    const HttpResponse response = site.Send(Page(path));
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_EQ(response.body, "<!doctype html>");
    EXPECT_EQ(response.Header("Cache-Control"), "no-cache");
  }
  EXPECT_EQ(site.Send(Request("GET", "/pools/xen")).status, 404) << "no browser's page";
  HttpRequest front = Request("GET", "/");
  for (const char* accept : {"", "*/*"}) {
    front.headers["accept"] = accept;
    EXPECT_EQ(site.Send(front).body, "<!doctype html>") << "curl's";
  }
  front.headers["accept"] = "application/json";
  EXPECT_EQ(site.Send(front).status, 404);
  EXPECT_EQ(site.Send(Page("/assets/gone.js")).status, 404);
}

TEST(AnswerTest, HashedAssetsAreImmutableAndCompressed) {
  TestSite site;
  HttpRequest request = Request("GET", "/assets/app-3f2a.js");
  EXPECT_EQ(site.Send(request).body, "let plain;");
  EXPECT_EQ(site.Send(request).Header("Cache-Control"), "public, max-age=31536000, immutable");
  request.headers["accept-encoding"] = "br, gzip;q=0.8";
  const HttpResponse compressed = site.Send(request);
  EXPECT_EQ(compressed.body, "zipped");
  EXPECT_EQ(compressed.Header("Content-Encoding"), "gzip");
  EXPECT_EQ(compressed.Header("Vary"), "Accept-Encoding");
}

TEST(AnswerTest, AnUnchangedAssetIsNotSentAgain) {
  TestSite site;
  HttpRequest request = Request("GET", "/assets/app-3f2a.js");
  request.headers["if-none-match"] = "\"x\", \"a1\"";
  const HttpResponse response = site.Send(request);
  EXPECT_EQ(response.status, 304);
  EXPECT_TRUE(response.body.empty());
}

TEST(AnswerTest, HealthNeedsNoSignIn) {
  TestSite site;
  EXPECT_EQ(BodyOf(site.Send(Request("GET", "/healthz")))["status"], "ok");
  EXPECT_EQ(site.Send(Request("GET", "/readyz")).status, 200);
}

}  // namespace
}  // namespace vdiwatch::server
