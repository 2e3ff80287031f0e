#include "server/pool_scope.h"

#include "base/digest.h"
#include "collector/store/alert_store.h"
#include "tests/server/test_site.h"

namespace vdiwatch::server {
namespace {

TEST(PoolScopeTest, GlobsMeanWholeNames) {
  EXPECT_TRUE(Covers({}, "anything"));
  EXPECT_TRUE(Covers({"fin-*"}, "fin-"));
  EXPECT_TRUE(Covers({"hr", "fin-*-eu"}, "fin-a-b-eu"));
  EXPECT_TRUE(Covers({"fin-?"}, "fin-1"));
  EXPECT_FALSE(Covers({"fin-?"}, "fin-12"));
  EXPECT_FALSE(Covers({"fin-*"}, "xfin-1"));
  EXPECT_FALSE(Covers({"fin"}, "fin-1"));
  EXPECT_FALSE(Covers({"FIN-*"}, "fin-1"));
  EXPECT_FALSE(Covers({""}, "fin"));
  EXPECT_TRUE(Covers({"*"}, ""));
}

TEST(PoolScopeTest, ManyStarsEndSoon) {
  std::string glob;
  for (int i = 0; i < 30; ++i) glob += "*a";
  EXPECT_FALSE(Covers({glob + "b"}, std::string(5000, 'a')));
}

TEST(PoolScopeTest, AScopeIsWithinAnotherOnlyIfItCanNeverReachFurther) {
  EXPECT_TRUE(Within({"fin-1"}, {}));
  EXPECT_FALSE(Within({}, {"*-1"}));
  EXPECT_TRUE(Within({"fin-1", "fin-2*"}, {"fin-*"}));
  EXPECT_TRUE(Within({"fin-*"}, {"hr", "fin-*"}));
  EXPECT_FALSE(Within({"fin-*"}, {"fin-?"}));
  EXPECT_FALSE(Within({"*"}, {"fin-*"}));
  EXPECT_FALSE(Within({"fin-1", "hr"}, {"fin-*"}));
  EXPECT_TRUE(Within({"fin-?"}, {"fin-?"}));
}

// A fleet of two pools, seen by a token for one of them.
class ScopeTest : public testing::Test {
 protected:
  ScopeTest() {
    seen_ = site_.AddDesktop("citrix", "vm-1", GoodFacts());
    hidden_ = site_.AddDesktop("xen", "xen-09", XenFacts());
    site_.AddDesktop("xen", "vm-1", XenFacts());
    site_.SetPoolState("xen", policy::Grade::kNoncompliant, "[]");
  }

  HttpResponse Send(const std::string& method, const std::string& target, Role role,
                    const Json& body = nullptr) {
    HttpRequest request = Request(method, target);
    request.headers["authorization"] =
        "Bearer " + site_.NewApiToken(role, Seconds(3600), {"citrix"});
    request.headers["content-type"] = "application/json";
    if (!body.is_null()) request.body = body.dump();
    return site_.Send(request);
  }
  Json Get(const std::string& target, Role role = Role::kViewer) {
    const HttpResponse response = Send("GET", target, role);
    EXPECT_EQ(response.status, 200) << target << ": " << response.body;
    return BodyOf(response);
  }

  TestSite site_;
  collector::Desktop seen_, hidden_;
};

TEST_F(ScopeTest, CountsAreOfTheVisiblePoolsAlone) {
  const Json overview = Get("/api/v1/overview");
  EXPECT_EQ(overview["desktops"], 1);
  EXPECT_EQ(overview["pools"]["noncompliant"], 0);
  EXPECT_EQ(overview["grades"]["noncompliant"], 0);
  EXPECT_EQ(site_.GetJson("/api/v1/overview")["desktops"], 3);
}

TEST_F(ScopeTest, AnotherPoolIsAnsweredLikeOneThatIsNotThere) {
  const Json pools = Get("/api/v1/pools")["pools"];
  ASSERT_EQ(pools.size(), 1u);
  EXPECT_EQ(pools[0]["name"], "citrix");
  for (const char* target : {"/api/v1/pools/", "/api/v1/desktops?pool="}) {
    const HttpResponse hidden = Send("GET", std::string(target) + "xen", Role::kViewer);
    const HttpResponse missing = Send("GET", std::string(target) + "nil", Role::kViewer);
    EXPECT_EQ(hidden.status, 404);
    std::string expected = missing.body;
    expected.replace(expected.find("nil"), 3, "xen");
    EXPECT_EQ(hidden.body, expected);
  }
}

TEST_F(ScopeTest, DesktopsOfOtherPoolsAreNeitherListedNorFound) {
  for (const char* more :
       {"", "?grade=compliant", "?q=vm-1", "?q=vm", "?rule=hypervisor&rule_grade=compliant"}) {
    const Json desktops = Get(std::string("/api/v1/desktops") + more)["desktops"];
    ASSERT_EQ(desktops.size(), 1u) << more;
    EXPECT_EQ(desktops[0]["pool"], "citrix") << more;
  }
  for (const std::string& more :
       {std::string("?grade=noncompliant"), "?q=" + collector::IdText(hidden_.id),
        std::string("?q=xen"), std::string("?rule=hypervisor&rule_grade=noncompliant")}) {
    EXPECT_TRUE(Get("/api/v1/desktops" + more)["desktops"].empty()) << more;
  }
  const std::string id = collector::IdText(hidden_.id);
  for (const std::string& name : {id, std::string("xen-09")}) {
    EXPECT_EQ(Send("GET", "/api/v1/desktops/" + name, Role::kViewer).status, 404) << name;
    EXPECT_EQ(Send("POST", "/api/v1/desktops/" + name + "/revoke", Role::kOperator).status, 404);
  }
  // The name is that of two desktops, but of one to this viewer.
  EXPECT_EQ(Get("/api/v1/desktops/vm-1")["id"], collector::IdText(seen_.id));
  EXPECT_EQ(site_.Get("/api/v1/desktops/vm-1").status, 409);
}

TEST_F(ScopeTest, APoolThatIsLimitedToNothingStoredShowsNothing) {
  HttpRequest request = Request("GET", "/api/v1/desktops");
  request.headers["authorization"] =
      "Bearer " + site_.NewApiToken(Role::kViewer, Seconds(3600), {"none-*"});
  EXPECT_TRUE(BodyOf(site_.Send(request))["desktops"].empty());
}

TEST_F(ScopeTest, WhereADesktopCameFromStaysUntold) {
  collector::Changes changes;
  changes.at = kStart;
  changes.events = {{seen_.id, kStart, "pool_changed", "from xen to citrix"}};
  ASSERT_TRUE(site_.database.store->Commit(changes));
  const auto text = [&](const Json& page) { return page["events"].dump(); };
  EXPECT_NE(text(site_.GetJson("/api/v1/desktops/" + collector::IdText(seen_.id))).find("xen"),
            std::string::npos);
  const std::string events = text(Get("/api/v1/desktops/vm-1"));
  EXPECT_NE(events.find("pool_changed"), std::string::npos);
  EXPECT_EQ(events.find("xen"), std::string::npos);
}

TEST_F(ScopeTest, WaiversOfOtherPoolsAreHidden) {
  const Json waivers = Get("/api/v1/waivers")["waivers"];
  ASSERT_EQ(waivers.size(), 1u) << waivers;
  EXPECT_EQ(waivers[0]["id"], "soon");
  EXPECT_EQ(site_.GetJson("/api/v1/waivers")["waivers"].size(), 4u);
}

TEST_F(ScopeTest, ACauseOfHiddenAlertsIsAnsweredLikeOneThatIsNotThere) {
  site_.services().alert_store = site_.database.alerts.get();
  const auto fire = [&](const std::string& pool, const std::string& cause) {
    collector::AlertChange change;
    change.alert = {RandomId(), pool.empty() ? 0 : site_.PoolId(pool), cause, {}, {}, ""};
    change.alert.course = {kStart, kStart, {}, kStart};
    change.alert.detail = Json{{"pool", pool}, {"severity", "minor"}}.dump();
    ASSERT_TRUE(site_.database.alerts->CommitAlerts({&change, 1}, kStart));
  };
  fire("", "sink-failing/ops");
  fire("xen", "waiver-expiring/xen");
  fire("citrix", "waiver-expiring/citrix");
  const auto ask = [&](const std::string& cause) {
    return Send("GET", "/api/v1/alerts?cause=" + cause, Role::kViewer);
  };
  for (const char* hidden : {"sink-failing/ops", "waiver-expiring/xen"}) {
    EXPECT_EQ(site_.Get(std::string("/api/v1/alerts?cause=") + hidden).status, 200) << hidden;
    EXPECT_EQ(ask(hidden).status, 404) << hidden;
  }
  EXPECT_EQ(ask("waiver-expiring/citrix").status, 200);
  EXPECT_EQ(BodyOf(ask("waiver-expiring/citrix"))["alerts"].size(), 1u);
  EXPECT_EQ(ask("sink-failing/nope").status, 404);
}

TEST_F(ScopeTest, TokensEnrolIntoVisiblePoolsAlone) {
  const auto wanted = [](const char* pool) { return Json{{"pool", pool}, {"expires_in_s", 60}}; };
  ASSERT_EQ(site_.Post("/api/v1/tokens", wanted("xen"), Role::kOperator).status, 201);
  EXPECT_EQ(Send("POST", "/api/v1/tokens", Role::kOperator, wanted("xen")).status, 403);
  EXPECT_EQ(Send("POST", "/api/v1/tokens", Role::kOperator, wanted("citrix")).status, 201);
  const Json tokens = Get("/api/v1/tokens", Role::kOperator)["tokens"];
  ASSERT_EQ(tokens.size(), 1u);
  EXPECT_EQ(tokens[0]["pool"], "citrix");
}

TEST_F(ScopeTest, WhatTellsOfEveryPoolAtOnceIsRefused) {
  EXPECT_EQ(Send("GET", "/api/v1/policy-sets/sha256:0", Role::kViewer).status, 403);
  EXPECT_EQ(Send("POST", "/api/v1/policy/plan", Role::kPolicyEditor, Json::object()).status, 403);
}

TEST_F(ScopeTest, NoRouteThatIsRefusedToAViewerTellsOfAnotherPool) {
  for (const Route& route : Routes()) {
    if (route.method != "GET" || !route.least) continue;
    std::string target(route.path);
    if (const auto hole = target.find("{}"); hole != std::string::npos) {
      target.replace(hole, 2, "vm-1");
    }
    const HttpResponse response = Send("GET", target, *route.least);
    EXPECT_EQ(response.body.find("xen"), std::string::npos) << target << ": " << response.body;
  }
}

}  // namespace
}  // namespace vdiwatch::server
