#include <algorithm>
#include <set>

#include "collector/store/access_store.h"
#include "tests/server/test_site.h"

namespace vdiwatch::server {
namespace {

using collector::Presence;
using policy::Grade;

// Two pools: one all good, one on Xen, and a third that only the policy knows.
class ApiTest : public testing::Test {
 protected:
  ApiTest() {
    good_ = site_.AddDesktop("finance", "fin-01", GoodFacts());
    site_.AddDesktop("finance", "fin-02", GoodFacts(), Presence::kOff);
    xen_ = site_.AddDesktop("xen", "xen-01", XenFacts());
    site_.AddDesktop("xen", "xen-02", XenFacts());
    site_.AddDesktop("xen", "xen-03", GoodFacts());
    site_.AddDesktop("xen", "xen-04", XenFacts(), Presence::kStale);
    site_.SetPoolState("finance", Grade::kCompliant, "[]");
    site_.SetPoolState(
        "xen", Grade::kNoncompliant,
        R"([{"rule":"hypervisor","grade":"noncompliant","desktops":2,"text":"2 of"}])");
  }

  // What the list of desktops holds, by host name in alphabetical order.
  std::vector<std::string> Hosts(const std::string& query) {
    std::vector<std::string> hosts;
    const Json page = site_.GetJson("/api/v1/desktops?" + query);
    for (const Json& desktop : page["desktops"]) {
      hosts.push_back(desktop["host_name"]);
    }
    std::ranges::sort(hosts);
    return hosts;
  }

  TestSite site_;
  collector::Desktop good_, xen_;
};

using Names = std::vector<std::string>;

TEST_F(ApiTest, TheOverviewCountsPoolsAndDesktops) {
  const Json overview = site_.GetJson("/api/v1/overview");
  EXPECT_EQ(overview["desktops"], 6);
  EXPECT_EQ(overview["live"], 4);
  EXPECT_EQ(overview["off"], 1);
  EXPECT_EQ(overview["stale"], 1);
  EXPECT_EQ(overview["pools"],
            Json({{"compliant", 1}, {"conditional", 0}, {"unknown", 1}, {"noncompliant", 1}}));
  EXPECT_EQ(overview["grades"]["compliant"], 3);
  EXPECT_EQ(overview["grades"]["noncompliant"], 2);
  EXPECT_EQ(overview["grades"]["unknown"], 1) << "the stale one";
  EXPECT_EQ(overview["server_time"], FormatTime(kStart));
  EXPECT_EQ(overview["check_in_every_s"], 900);
  const Json& pack = overview["policy"]["packs"][0];
  EXPECT_EQ(pack["name"], "test");
  EXPECT_EQ(pack["source"]["as_of"], "2025-06-01");
  EXPECT_TRUE(overview["policy"]["problem"].is_null());
}

TEST_F(ApiTest, PoolsComeWorstFirst) {
  const Json pools = site_.GetJson("/api/v1/pools")["pools"];
  ASSERT_EQ(pools.size(), 3u);
  EXPECT_EQ(pools[0]["name"], "xen");
  EXPECT_EQ(pools[1]["name"], "citrix");
  EXPECT_EQ(pools[2]["name"], "finance");
  EXPECT_EQ(pools[0]["grade"], "noncompliant");
  EXPECT_EQ(pools[0]["since"], FormatTime(kStart));
  EXPECT_EQ(pools[0]["reasons"][0]["rule"], "hypervisor");
  EXPECT_EQ(pools[0]["desktops"], 4);
  EXPECT_EQ(pools[0]["reporting"], 3);
  EXPECT_EQ(pools[0]["stale"], 1);
  EXPECT_EQ(pools[0]["noncompliant"], 2);
  EXPECT_EQ(pools[0]["compliant"], 1);
  EXPECT_EQ(pools[0]["unknown"], 1);
}

TEST_F(ApiTest, APoolThatOnlyThePolicyNamesIsShownEmpty) {
  const Json pool = site_.GetJson("/api/v1/pools/citrix");
  EXPECT_EQ(pool["grade"], "unknown");
  EXPECT_TRUE(pool["since"].is_null());
  EXPECT_EQ(pool["desktops"], 0);
  EXPECT_EQ(pool["expected_members"], 40);
  EXPECT_EQ(pool["docker"], "required");
  EXPECT_EQ(pool["attributes"]["site"], "Leeds");
}

TEST_F(ApiTest, PoolsAreFilteredByGradeAndWord) {
  EXPECT_EQ(site_.GetJson("/api/v1/pools?grade=noncompliant")["pools"].size(), 1u);
  EXPECT_EQ(site_.GetJson("/api/v1/pools?q=FIN")["pools"][0]["name"], "finance");
  EXPECT_EQ(site_.GetJson("/api/v1/pools?q=leeds")["pools"][0]["name"], "citrix");
  EXPECT_EQ(site_.Get("/api/v1/pools?grade=fine").status, 400);
}

TEST_F(ApiTest, APoolShowsItsRulesTimesItsDesktops) {
  const Json pool = site_.GetJson("/api/v1/pools/xen");
  ASSERT_EQ(pool["rules"].size(), 3u);
  const Json& rule = pool["rules"][0];
  EXPECT_EQ(rule["id"], "hypervisor");
  EXPECT_EQ(rule["noncompliant"], 2) << "the stale one is in no count";
  EXPECT_EQ(rule["compliant"], 1);
  EXPECT_EQ(rule["section"], "Hypervisors");
  EXPECT_EQ(rule["remediation"], "Move it to VMware.");
  EXPECT_NE(rule["why"].get<std::string>().find("Xen"), std::string::npos);
  EXPECT_EQ(pool["platforms"], Json::parse(R"([{"value":"xen_server","desktops":2},
                                              {"value":"vmware","desktops":1}])"));
  EXPECT_EQ(pool["persistence"], Json::parse(R"([{"value":"persistent","desktops":3}])"));
  EXPECT_EQ(pool["facts"]["platform.kind"], pool["platforms"]);
  EXPECT_EQ(pool["facts"]["identity.duplicate"], Json::parse(R"([{"value":"none","desktops":3}])"));
  EXPECT_EQ(pool["history"][0]["to"], "noncompliant");
  EXPECT_EQ(pool["thresholds"]["enter"], 10.0);
}

TEST_F(ApiTest, APoolsRulesFollowItsVerdicts) {
  ASSERT_EQ(site_.GetJson("/api/v1/pools/xen")["rules"][0]["noncompliant"], 2);
  const auto standings = site_.database.index->StandingsOf(site_.PoolId("xen"));
  ASSERT_TRUE(standings);
  const std::string set = site_.GetJson("/api/v1/packs")["digest"];
  for (const auto& standing : *standings) {
    const collector::ProfileVerdict renewed{
        standing.profile, policy::Grade::kConditional,
        R"({"grade":"conditional","rules":[{"id":"hypervisor","grade":"conditional","why":"Why."}]})",
        site_.clock.Now()};
    ASSERT_TRUE(site_.database.store->CommitVerdicts(std::span(&renewed, 1), set, kStart));
  }
  const Json pool = site_.GetJson("/api/v1/pools/xen");
  ASSERT_EQ(pool["rules"].size(), 1u);
  EXPECT_EQ(pool["rules"][0]["conditional"], 3);
  EXPECT_EQ(pool["rules"][0]["why"], "Why.");
}

TEST_F(ApiTest, DesktopsAreFilteredOnTheServer) {
  EXPECT_EQ(Hosts("pool=finance"), Names({"fin-01", "fin-02"}));
  EXPECT_EQ(Hosts("grade=noncompliant"), Names({"xen-01", "xen-02"}));
  EXPECT_EQ(Hosts("presence=off"), Names({"fin-02"}));
  EXPECT_EQ(Hosts("q=xen-0"), Names({"xen-01", "xen-02", "xen-03", "xen-04"}));
  EXPECT_EQ(Hosts("rule=hypervisor&rule_grade=noncompliant"), Names({"xen-01", "xen-02"}));
  EXPECT_EQ(Hosts("pool=finance&rule=hypervisor&rule_grade=compliant"),
            Names({"fin-01", "fin-02"}));
  EXPECT_EQ(Hosts("rule=hypervisor&rule_grade=unknown"), Names());
  EXPECT_EQ(Hosts("fact=platform.kind&value=xen_server"), Names({"xen-01", "xen-02"}));
  EXPECT_EQ(Hosts("pool=xen&fact=platform.kind&value=vmware"), Names({"xen-03"}));
  EXPECT_EQ(Hosts("rule=hypervisor&rule_grade=compliant&fact=platform.kind&value=xen_server"),
            Names());
}

TEST_F(ApiTest, AFactIsFoundByItsAnswerInWordsAsTheFleetChanges) {
  const std::string of_vmware = "fact=platform.kind&value=vmware&q=new-";
  EXPECT_EQ(Hosts(of_vmware), Names());
  site_.AddDesktop("finance", "new-01", GoodFacts());
  Facts another = GoodFacts();
  another["cpu.logical_processors"] = Known(FactValue(std::int64_t{96}));
  site_.AddDesktop("finance", "new-02", another);
  EXPECT_EQ(Hosts(of_vmware), Names({"new-01", "new-02"})) << "a profile that is new is read, too";
  EXPECT_EQ(Hosts("fact=cpu.logical_processors&value=96"), Names({"new-02"}));
  EXPECT_EQ(Hosts("fact=azure.vm_size&q=new-&value=not%20gathered"), Names({"new-01", "new-02"}))
      << "what a profile does not hold was not gathered";
}

TEST_F(ApiTest, EveryCountIsAsLongAsItsList) {
  const Json pools = site_.GetJson("/api/v1/pools")["pools"];
  ASSERT_EQ(pools.size(), 3u);
  for (const Json& pool : pools) {
    std::int64_t sum = 0;
    for (const char* grade : {"compliant", "conditional", "unknown", "noncompliant"}) {
      const std::string query = "pool=" + pool["name"].get<std::string>() + "&grade=" + grade;
      EXPECT_EQ(Hosts(query).size(), pool[grade]) << query;
      sum += pool[grade].get<std::int64_t>();
    }
    EXPECT_EQ(sum, pool["desktops"]) << pool["name"];
  }
  const Json rule = site_.GetJson("/api/v1/pools/xen")["rules"][0];
  EXPECT_EQ(Hosts("pool=xen&rule=hypervisor&rule_grade=noncompliant").size(), rule["noncompliant"]);
}

TEST_F(ApiTest, AFilterThatMakesNoSenseIsRefused) {
  for (const char* query : {"pool=nowhere", "grade=fine", "presence=here", "rule=hypervisor",
                            "rule_grade=unknown", "fact=platform.kind", "fact=no.such&value=x",
                            "limit=0", "limit=501", "limit=x", "cursor=12"}) {
    const HttpResponse response = site_.Get(std::string("/api/v1/desktops?") + query);
    EXPECT_TRUE(response.status == 400 || response.status == 404) << query << response.status;
    EXPECT_EQ(response.Header("Content-Type"), "application/problem+json") << query;
  }
}

TEST_F(ApiTest, AMistypedRuleIsNamedAndNotAnEmptyList) {
  const HttpResponse response = site_.Get("/api/v1/desktops?rule=hypervizor&rule_grade=compliant");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(BodyOf(response)["detail"], "There is no rule 'hypervizor'.");
}

TEST_F(ApiTest, CursorsWalkTheWholeList) {
  std::set<std::string> seen;
  std::string cursor;
  int pages = 0;
  do {
    const Json page =
        site_.GetJson("/api/v1/desktops?limit=4" + (cursor.empty() ? "" : "&cursor=" + cursor));
    for (const Json& desktop : page["desktops"]) seen.insert(desktop["host_name"]);
    cursor = page["next_cursor"].is_null() ? "" : page["next_cursor"].get<std::string>();
    ++pages;
  } while (!cursor.empty());
  EXPECT_EQ(pages, 2);
  EXPECT_EQ(seen.size(), 6u);
}

TEST_F(ApiTest, AListedDesktopSaysWhy) {
  const Json page = site_.GetJson("/api/v1/desktops?pool=xen");
  for (const Json& desktop : page["desktops"]) {
    const std::string reason = desktop["reason"];
    if (desktop["host_name"] == "xen-03") {
      EXPECT_EQ(reason, "");
    }
    if (desktop["host_name"] == "xen-01") {
      EXPECT_NE(reason.find("Xen"), std::string::npos);
    }
    if (desktop["host_name"] == "xen-04") {
      EXPECT_EQ(desktop["grade"], "unknown");
      EXPECT_TRUE(reason.starts_with("Silent since")) << reason;
    }
  }
}

TEST_F(ApiTest, ADesktopIsShownWithEvidence) {
  const Json desktop = site_.GetJson("/api/v1/desktops/xen-01");
  EXPECT_EQ(desktop["id"], collector::IdText(xen_.id));
  EXPECT_EQ(desktop["pool"], "xen");
  EXPECT_EQ(desktop["claims"]["domain"], "corp.example");
  const Json& rule = desktop["verdict"]["rules"][0];
  EXPECT_EQ(rule["id"], "hypervisor");
  EXPECT_EQ(rule["actual"], "Citrix Hypervisor/XenServer");
  EXPECT_EQ(rule["facts"], Json({"platform.kind"}));
  EXPECT_EQ(rule["contact"], "hypervisor vendor");
  const Json& fact = desktop["facts"][0];
  EXPECT_EQ(fact["key"], "platform.kind");
  EXPECT_EQ(fact["value"], "xen_server");
  EXPECT_EQ(fact["class"], "configuration");
  EXPECT_FALSE(fact["sentence"].get<std::string>().empty());
  EXPECT_EQ(desktop["boots"]["survived"], 3);
  EXPECT_EQ(desktop["events"][0]["kind"], "enrolled");
  EXPECT_EQ(desktop["history"][0]["grade"], "noncompliant");
}

TEST_F(ApiTest, ADesktopIsFoundByIdAndByHostNameOfAnyCase) {
  EXPECT_EQ(site_.GetJson("/api/v1/desktops/" + collector::IdText(good_.id))["host_name"],
            "fin-01");
  EXPECT_EQ(site_.GetJson("/api/v1/desktops/FIN-01")["id"], collector::IdText(good_.id));
  EXPECT_EQ(site_.Get("/api/v1/desktops/nobody").status, 404);
}

TEST_F(ApiTest, AnAmbiguousHostNameListsWhoIsMeant) {
  site_.AddDesktop("xen", "fin-01", XenFacts());
  const HttpResponse response = site_.Get("/api/v1/desktops/fin-01");
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(BodyOf(response)["desktops"].size(), 2u);
}

TEST_F(ApiTest, ADesktopWithoutFactsIsNotJudged) {
  collector::Changes changes;
  collector::Desktop desktop;
  desktop.id = 42;
  desktop.pool_id = site_.PoolId("finance");
  desktop.claims.host_name = "fin-99";
  desktop.created_at = desktop.last_seen = changes.at = kStart;
  changes.desktops = {desktop};
  ASSERT_TRUE(site_.database.store->Commit(changes));
  const Json shown = site_.GetJson("/api/v1/desktops/fin-99");
  EXPECT_EQ(shown["grade"], "unknown");
  EXPECT_TRUE(shown["verdict"].is_null());
  EXPECT_EQ(shown["reason"], "Its facts are not known yet.");
  EXPECT_EQ(site_.GetJson("/api/v1/pools/finance")["unjudged"], 1);
}

TEST_F(ApiTest, RulesCarryTheirSource) {
  const Json pack = site_.GetJson("/api/v1/rules")["packs"][0];
  EXPECT_EQ(pack["version"], "7");
  EXPECT_EQ(pack["source"]["url"], "https://vendor.example/vdi");
  EXPECT_EQ(pack["rules"][0]["because"], "Others are not tested.");
  EXPECT_EQ(pack["rules"][0]["otherwise"], "noncompliant");
}

HttpRequest NewToken(TestSite& site, const std::string& body) {
  HttpRequest request = Request("POST", "/api/v1/tokens");
  request.headers["content-type"] = "application/json";
  request.headers["authorization"] = "Bearer " + site.NewApiToken(Role::kOperator);
  request.body = body;
  return request;
}

TEST_F(ApiTest, AnEnrolmentTokenIsShownOnce) {
  const HttpResponse created = site_.Send(NewToken(
      site_, R"({"pool":"new","expires_in_s":3600,"max_uses":5,"cidr":"10.0.0.0/8","note":"n"})"));
  ASSERT_EQ(created.status, 201) << created.body;
  const Json token = BodyOf(created);
  EXPECT_TRUE(token["token"].get<std::string>().starts_with("vdw_enrol_"));
  EXPECT_EQ(token["expires_at"], FormatTime(kStart + Seconds(3600)));
  const Json listed = site_.GetJson("/api/v1/tokens", Role::kOperator)["tokens"];
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0]["pool"], "new");
  EXPECT_EQ(listed[0]["max_uses"], 5);
  EXPECT_FALSE(listed[0].contains("token"));
}

TEST_F(ApiTest, ABadTokenRequestIsRefused) {
  for (const char* body : {"", "[]", "{", R"({"pool":"p"})", R"({"pool":"p","expires_in_s":0})",
                           R"({"pool":"p","expires_in_s":60,"max_uses":-1})",
                           R"({"pool":7,"expires_in_s":60})", R"({"pool":"","expires_in_s":60})",
                           R"({"pool":"p","expires_in_s":60,"cidr":"everywhere"})"}) {
    EXPECT_EQ(site_.Send(NewToken(site_, body)).status, 400) << body;
  }
}

TEST_F(ApiTest, RevokingADesktopIsAnOperatorsAndIsWrittenDown) {
  collector::Incarnation live;
  live.id = 77;
  live.desktop_id = xen_.id;
  live.key = std::string(32, 'k');
  collector::Changes changes;
  changes.at = kStart;
  changes.incarnations = {live};
  ASSERT_TRUE(site_.database.store->Commit(changes));

  auto request = Request("POST", "/api/v1/desktops/xen-01/revoke");
  request.body = R"({"why":"stolen"})";
  request.headers["content-type"] = "application/json";
  request.headers["authorization"] = "Bearer " + site_.NewApiToken(Role::kViewer);
  EXPECT_EQ(site_.Send(request).status, 403);
  request.headers["authorization"] = "Bearer " + site_.NewApiToken(Role::kOperator);
  const auto answer = site_.Send(request);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(BodyOf(answer)["revoked"], 1);
  EXPECT_EQ(site_.database.reader->IncarnationsOf(xen_.id)->at(0).state,
            collector::IncarnationState::kRevoked);
  const auto audit = site_.database.access->AuditLog(1);
  EXPECT_EQ(audit->at(0).action, "desktop.revoked");
  EXPECT_NE(audit->at(0).detail.find("stolen"), std::string::npos);
  EXPECT_EQ(site_.database.reader->EventsOf(xen_.id, 1)->at(0).kind, "revoked");
}

}  // namespace
}  // namespace vdiwatch::server
