#include "server/negotiate.h"

#include <gtest/gtest.h>

#include "tests/server/test_site.h"

namespace vdiwatch::server {
namespace {

TEST(NegotiateTest, AcceptIsReadWithItsRangesAndQualities) {
  EXPECT_TRUE(Accepts("", "application/json"));
  EXPECT_TRUE(Accepts("text/html, application/*;q=0.5", "application/json"));
  EXPECT_TRUE(Accepts("text/html,*/*;q=0.8", "text/csv"));
  EXPECT_TRUE(Accepts("Application/JSON; charset=utf-8", "application/json"));
  EXPECT_FALSE(Accepts("text/html", "application/json"));
  EXPECT_FALSE(Accepts("application/json;q=0", "application/json"));
  EXPECT_FALSE(Accepts("application/json;q=0.0", "application/json"));
  EXPECT_TRUE(Accepts("application/json;q=0.01", "application/json"));
}

TEST(NegotiateTest, TagsAreComparedWeakly) {
  EXPECT_TRUE(ListsEtag("\"a\", W/\"b\"", "\"b\""));
  EXPECT_TRUE(ListsEtag("*", "\"b\""));
  EXPECT_FALSE(ListsEtag("\"ab\"", "\"b\""));
}

HttpRequest WithToken(TestSite& site, const std::string& method, const std::string& target,
                      Role role = Role::kViewer) {
  HttpRequest request = Request(method, target);
  request.headers["authorization"] = "Bearer " + site.NewApiToken(role);
  return request;
}

TEST(NegotiateTest, AnUnchangedAnswerIsNotSentAgain) {
  TestSite site;
  site.AddDesktop("finance", "fin-01", GoodFacts());
  for (const char* target :
       {"/api/v1/overview", "/api/v1/pools", "/api/v1/pools/finance", "/api/v1/rules"}) {
    HttpRequest request = WithToken(site, "GET", target);
    const HttpResponse first = site.Send(request);
    ASSERT_EQ(first.status, 200) << target;
    request.headers["if-none-match"] = "\"other\", " + std::string(first.Header("ETag"));
    site.clock.Advance(Seconds(5));
    const HttpResponse second = site.Send(request);
    EXPECT_EQ(second.status, 304) << target;
    EXPECT_EQ(second.body, "") << target;
    EXPECT_EQ(second.Header("ETag"), first.Header("ETag"));
    EXPECT_EQ(second.Header("Content-Type"), "");
  }
}

TEST(NegotiateTest, AChangedAnswerIsSent) {
  TestSite site;
  HttpRequest request = WithToken(site, "GET", "/api/v1/overview");
  request.headers["if-none-match"] = site.Send(request).Header("ETag");
  site.AddDesktop("finance", "fin-01", GoodFacts());
  EXPECT_EQ(site.Send(request).status, 200);
}

TEST(NegotiateTest, OnlyJsonIsTaken) {
  TestSite site;
  for (const char* type : {"", "text/plain", "application/jsonp"}) {
    HttpRequest request = WithToken(site, "POST", "/api/v1/tokens", Role::kOperator);
    request.headers["content-type"] = type;
    request.body = R"({"pool":"finance","expires_in_s":60})";
    const HttpResponse refused = site.Send(request);
    EXPECT_EQ(refused.status, 415) << type;
    EXPECT_EQ(BodyOf(refused)["type"], "urn:vdiwatch:problem:media-type");
    request.headers["content-type"] = "Application/JSON;charset=utf-8";
    EXPECT_EQ(site.Send(request).status, 201);
  }
}

TEST(NegotiateTest, WhatCannotBeGivenIsNotMade) {
  TestSite site;
  HttpRequest request = WithToken(site, "GET", "/api/v1/pools");
  request.headers["accept"] = "text/csv, text/html;q=0.9";
  const HttpResponse refused = site.Send(request);
  EXPECT_EQ(refused.status, 406);
  EXPECT_EQ(BodyOf(refused)["type"], "urn:vdiwatch:problem:not-acceptable");
  request.headers["accept"] += ", */*;q=0.1";
  EXPECT_EQ(site.Send(request).status, 200);
}

TEST(NegotiateTest, AWriteNamesTheVersionItChanges) {
  const Json current = {{"name", "a"}};
  HttpRequest request = Request("PUT", "/a");
  EXPECT_EQ(RefuseUnlessCurrent(request, current)->status, 428);
  request.headers["if-match"] = EtagOf(JsonResponse({{"name", "b"}}).body);
  EXPECT_EQ(RefuseUnlessCurrent(request, current)->status, 412);
  request.headers["if-match"] = EtagOf(JsonResponse(current).body);
  EXPECT_FALSE(RefuseUnlessCurrent(request, current));
  request.headers["if-match"] = "\"other\", " + EtagOf(JsonResponse(current).body);
  EXPECT_FALSE(RefuseUnlessCurrent(request, current));
  request.headers["if-match"] = "W/" + EtagOf(JsonResponse(current).body);
  EXPECT_EQ(RefuseUnlessCurrent(request, current)->status, 412) << "weak tags match nothing here";
  request.headers["if-match"] = "*";
  EXPECT_FALSE(RefuseUnlessCurrent(request, current)) << "whatever it is by now";
}

}  // namespace
}  // namespace vdiwatch::server
