#include "collector/store/trend_store.h"
#include "tests/server/test_site.h"

namespace vdiwatch::server {
namespace {

using collector::Presence;
using policy::Grade;

constexpr Seconds kDay{86'400};

class ReadsTest : public testing::Test {
 protected:
  ReadsTest() {
    fin_ = site_.AddDesktop("finance", "fin-01", GoodFacts());
    site_.AddDesktop("xen", "xen-01", XenFacts());
    site_.AddDesktop("xen", "xen-02", XenFacts());
    site_.AddDesktop("xen", "xen-04", XenFacts(), Presence::kStale);
    site_.SetPoolState("finance", Grade::kCompliant, "[]");
    site_.SetPoolState("xen", Grade::kNoncompliant,
                       R"([{"rule":"hypervisor","grade":"noncompliant","desktops":2,"text":"2"}])");
  }

  void RecordDay() { ASSERT_TRUE(site_.database.trends->RecordDay(site_.clock.Now(), Time())); }
  // As somebody who sees the pool finance alone.
  Json ScopedJson(const std::string& target) {
    HttpRequest request = Request("GET", target);
    request.headers["authorization"] =
        "Bearer " + site_.NewApiToken(Role::kViewer, Seconds(3600), {"finance"});
    const HttpResponse response = site_.Send(request);
    EXPECT_EQ(response.status, 200) << response.body;
    return BodyOf(response);
  }

  TestSite site_;
  collector::Desktop fin_;
};

using Names = std::vector<std::string>;

Names NamesIn(const Json& list, const char* member) {
  Names names;
  for (const Json& one : list) names.push_back(one.at(member));
  return names;
}

TEST_F(ReadsTest, TrendsGoFromWrittenDaysToNow) {
  RecordDay();
  site_.clock.Advance(2 * kDay);
  site_.AddDesktop("finance", "fin-02", GoodFacts());
  const Json trends = site_.GetJson("/api/v1/trends?days=7");
  ASSERT_EQ(trends["points"].size(), 2u) << "a day that nobody wrote down is left out";
  const Json& first = trends["points"][0];
  EXPECT_EQ(first["day"], FormatTime(kStart).substr(0, 10));
  EXPECT_EQ(first["total"], 4);
  EXPECT_EQ(first["reporting"], 3);
  EXPECT_EQ(first["desktops"]["noncompliant"], 2);
  EXPECT_EQ(first["desktops"]["unknown"], 1) << "the stale one";
  EXPECT_EQ(first["pools"]["compliant"], 1);
  EXPECT_EQ(trends["points"][1]["desktops"]["compliant"], 2);
  EXPECT_EQ(trends["points"][1]["pools"]["unknown"], 1) << "the one that only the policy names";
  EXPECT_EQ(site_.GetJson("/api/v1/trends?days=2")["points"].size(), 1u);
  EXPECT_EQ(site_.Get("/api/v1/trends?days=0").status, 400);
}

TEST_F(ReadsTest, TrendsOfAPoolAndOfAScopeHoldNoOthers) {
  RecordDay();
  site_.clock.Advance(kDay);
  const Json pool = site_.GetJson("/api/v1/trends?pool=xen");
  EXPECT_EQ(pool["pool"], "xen");
  for (const Json& point : pool["points"]) {
    EXPECT_EQ(point["total"], 3);
    EXPECT_EQ(point["pools"]["noncompliant"], 1);
    EXPECT_EQ(point["pools"]["compliant"], 0);
  }
  const Json scoped = ScopedJson("/api/v1/trends");
  ASSERT_EQ(scoped["points"].size(), 2u);
  for (const Json& point : scoped["points"]) EXPECT_EQ(point["total"], 1);
  EXPECT_EQ(site_.Get("/api/v1/trends?pool=none").status, 404);
}

TEST_F(ReadsTest, TrendsOfManyPoolsAreRememberedAndHoldNoOthers) {
  for (int i = 0; i < 30; ++i) {
    site_.AddDesktop("many-" + std::to_string(i), "m-" + std::to_string(i), GoodFacts());
  }
  const std::string token = site_.NewApiToken(Role::kViewer, Seconds(9 * 86'400), {"many-*"});
  const auto totals = [&] {
    HttpRequest request = Request("GET", "/api/v1/trends?days=7");
    request.headers["authorization"] = "Bearer " + token;
    std::vector<std::pair<int, int>> points;  // all, compliant
    const Json trends = BodyOf(site_.Send(request));
    for (const Json& point : trends["points"]) {
      points.emplace_back(point["total"], point["desktops"]["compliant"]);
    }
    return points;
  };
  using Points = std::vector<std::pair<int, int>>;
  RecordDay();
  site_.clock.Advance(kDay);
  RecordDay();
  site_.clock.Advance(kDay);
  EXPECT_EQ(totals(), Points({{30, 30}, {30, 30}, {30, 30}}));
  site_.AddDesktop("many-1", "m-xen", XenFacts());
  RecordDay();
  site_.clock.Advance(kDay);
  const Points all = {{30, 30}, {30, 30}, {31, 30}, {31, 30}};
  EXPECT_EQ(totals(), all);
  EXPECT_EQ(totals(), all);
}

TEST_F(ReadsTest, ChangesTellTurnsAndWhatCameAndWent) {
  RecordDay();
  site_.clock.Advance(kDay);
  site_.AddDesktop("citrix", "cit-01", GoodFacts());
  site_.AddDesktop("finance", "fin-02", GoodFacts());
  Json changes = site_.GetJson("/api/v1/changes");
  EXPECT_EQ(NamesIn(changes["transitions"], "pool"), Names({"xen", "finance"}));
  EXPECT_EQ(changes["transitions"][0]["to"], "noncompliant");
  EXPECT_EQ(changes["transitions"][0]["reasons"][0]["rule"], "hypervisor");
  EXPECT_EQ(changes["policy_sets"].size(), 1u);
  EXPECT_TRUE(changes["compared_with"].is_null()) << "a day ago no day was over";
  EXPECT_EQ(changes["new_pools"], Json::array());

  changes = site_.GetJson("/api/v1/changes?since=" + FormatTime(site_.clock.Now()));
  EXPECT_EQ(changes["compared_with"], FormatTime(kStart).substr(0, 10));
  EXPECT_EQ(changes["new_pools"], Json::parse(R"(["citrix"])"));
  EXPECT_EQ(changes["coverage"],
            Json::parse(R"([{"pool":"finance","reporting_before":1,"reporting":2}])"));
  EXPECT_EQ(changes["transitions"], Json::array());
  EXPECT_EQ(site_.Get("/api/v1/changes?since=yesterday").status, 400);
  const std::string later = FormatTime(site_.clock.Now() + Seconds(1));
  const HttpResponse future = site_.Get("/api/v1/changes?since=" + later);
  EXPECT_EQ(future.status, 400);
  EXPECT_EQ(BodyOf(future)["detail"], "since: " + later + " is in the future");
}

TEST_F(ReadsTest, ChangesComeInPagesOfWhatIsInScope) {
  std::string next;
  Names pools;
  do {
    const Json page = site_.GetJson("/api/v1/changes?limit=1&cursor=" + next);
    ASSERT_EQ(page["transitions"].size(), 1u);
    pools.push_back(page["transitions"][0]["pool"]);
    next = page["next_cursor"].is_null() ? "" : page["next_cursor"];
  } while (!next.empty());
  EXPECT_EQ(pools, Names({"xen", "finance"}));
  const Json scoped = ScopedJson("/api/v1/changes?limit=1");
  EXPECT_EQ(NamesIn(scoped["transitions"], "pool"), Names({"finance"}));
  EXPECT_TRUE(scoped["next_cursor"].is_null());
  EXPECT_EQ(site_.Get("/api/v1/changes?cursor=x").status, 400);
}

TEST_F(ReadsTest, SearchFindsPoolsDesktopsAndRules) {
  Json found = site_.GetJson("/api/v1/search?q=XEN");
  EXPECT_EQ(NamesIn(found["pools"], "name"), Names({"xen"}));
  EXPECT_EQ(NamesIn(found["desktops"], "host_name"), Names({"xen-01", "xen-02", "xen-04"}));
  EXPECT_EQ(found["desktops"][2]["grade"], "unknown");
  found = site_.GetJson("/api/v1/search?q=supported");
  EXPECT_EQ(NamesIn(found["rules"], "id"), Names({"hypervisor"}));
  EXPECT_EQ(NamesIn(site_.GetJson("/api/v1/search?q=leeds")["pools"], "name"), Names({"citrix"}));
  found = site_.GetJson("/api/v1/search?q=" + collector::IdText(fin_.id));
  EXPECT_EQ(NamesIn(found["desktops"], "host_name"), Names({"fin-01"}));
  EXPECT_EQ(site_.GetJson("/api/v1/search?q=xen-&limit=2")["desktops"].size(), 2u);
  EXPECT_EQ(site_.Get("/api/v1/search?q=%20").status, 400);
  found = ScopedJson("/api/v1/search?q=xen");
  EXPECT_EQ(found["pools"].size() + found["desktops"].size(), 0u);
  EXPECT_EQ(ScopedJson("/api/v1/search?q=fin")["desktops"].size(), 1u);
}

TEST_F(ReadsTest, ARuleTellsWhoFailsIt) {
  const Json rule = site_.GetJson("/api/v1/rules/hypervisor");
  EXPECT_EQ(rule["pack"]["source"]["as_of"], "2025-06-01");
  EXPECT_EQ(rule["desktops"]["noncompliant"], 2) << "the stale one is in no count";
  EXPECT_EQ(rule["desktops"]["compliant"], 1);
  EXPECT_EQ(NamesIn(rule["pools"], "pool"), Names({"xen", "finance"}));
  EXPECT_EQ(rule["pools"][0]["desktops"]["noncompliant"], 2);
  const Json page = site_.GetJson("/api/v1/rules/hypervisor?limit=1");
  EXPECT_EQ(page["next_cursor"], "xen");
  EXPECT_EQ(NamesIn(site_.GetJson("/api/v1/rules/hypervisor?cursor=xen")["pools"], "pool"),
            Names({"finance"}));
  const Json scoped = ScopedJson("/api/v1/rules/hypervisor");
  EXPECT_EQ(NamesIn(scoped["pools"], "pool"), Names({"finance"}));
  EXPECT_EQ(scoped["desktops"]["noncompliant"], 0);
  EXPECT_EQ(site_.Get("/api/v1/rules/none").status, 404);
}

TEST_F(ReadsTest, ARuleFollowsItsVerdicts) {
  EXPECT_FALSE(site_.GetJson("/api/v1/rules/hypervisor")["desktops"].contains("waived"));
  site_.AddDesktop("lab", "xen-09", XenFacts());
  EXPECT_EQ(site_.GetJson("/api/v1/rules/hypervisor")["desktops"]["waived"], 1);
  EXPECT_EQ(site_.GetJson("/api/v1/rules/hypervisor")["desktops"]["noncompliant"], 2);
}

TEST_F(ReadsTest, PacksTellWhereTheyComeFrom) {
  const Json pack = site_.GetJson("/api/v1/packs")["packs"][0];
  EXPECT_EQ(pack["name"], "test");
  EXPECT_EQ(pack["rules"], 3);
  EXPECT_EQ(pack["file"], "test.yaml");
}

TEST_F(ReadsTest, TheTimelineJoinsEventsAndGrades) {
  site_.clock.Advance(Seconds(60));
  const std::string target = "/api/v1/desktops/fin-01/timeline";
  const Json lines = site_.GetJson(target)["timeline"];
  EXPECT_EQ(NamesIn(lines, "kind"), Names({"graded", "enrolled"}));
  EXPECT_EQ(lines[0]["grade"], "compliant");
  EXPECT_EQ(lines[1]["detail"], "with a token");
  const Json page = site_.GetJson(target + "?limit=1");
  ASSERT_FALSE(page["next_cursor"].is_null());
  const Json rest =
      site_.GetJson(target + "?limit=1&cursor=" + page["next_cursor"].get<std::string>());
  EXPECT_EQ(NamesIn(rest["timeline"], "kind"), Names({"enrolled"})) << "of the same second";
  EXPECT_TRUE(rest["next_cursor"].is_null());
}

TEST_F(ReadsTest, PoolsAreSortedAndComeInPages) {
  const auto names = [&](const std::string& query) {
    return NamesIn(site_.GetJson("/api/v1/pools?" + query)["pools"], "name");
  };
  EXPECT_EQ(names("sort=name"), Names({"citrix", "finance", "xen"}));
  EXPECT_EQ(names("sort=-desktops"), Names({"xen", "finance", "citrix"}));
  EXPECT_EQ(names("sort=-stale&limit=1"), Names({"xen"}));
  const Json page = site_.GetJson("/api/v1/pools?limit=2");
  EXPECT_EQ(NamesIn(page["pools"], "name"), Names({"xen", "citrix"}));
  EXPECT_EQ(page["next_cursor"], "citrix");
  EXPECT_EQ(names("limit=2&cursor=citrix"), Names({"finance"}));
  EXPECT_EQ(site_.Get("/api/v1/pools?cursor=gone").status, 400);
  EXPECT_EQ(site_.Get("/api/v1/pools?sort=colour").status, 400);
}

TEST_F(ReadsTest, PoolsCarryTheirTrendWhereItIsAskedFor) {
  RecordDay();
  const Json pools = site_.GetJson("/api/v1/pools?trend=30")["pools"];
  EXPECT_EQ(pools[0]["trend"][0]["desktops"]["noncompliant"], 2);
  EXPECT_EQ(pools[1]["trend"], Json::array());
  EXPECT_FALSE(site_.GetJson("/api/v1/pools")["pools"][0].contains("trend"));
}

TEST_F(ReadsTest, TheSystemTellsOfItself) {
  site_.clock.Advance(Seconds(90));
  const Json system = site_.GetJson("/api/v1/system", Role::kAdministrator);
  EXPECT_EQ(system["uptime_s"], 90);
  EXPECT_EQ(system["store"]["engine"], "SQLite");
  EXPECT_EQ(system["certificates"][0]["days_left"], 9);
  EXPECT_EQ(site_.Get("/api/v1/system", Role::kPolicyEditor).status, 403);
}

}  // namespace
}  // namespace vdiwatch::server
