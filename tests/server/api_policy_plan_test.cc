#include <algorithm>
#include <fstream>
#include <future>
#include <iterator>

#include "server/policy_plan.h"
#include "tests/server/test_site.h"

namespace vdiwatch::server {
namespace {

using collector::Presence;
using policy::Grade;

// The site's own policy, but Xen is supported, and memory counts.
constexpr char kNew[] = R"(pack: test
version: "8"
source: {title: A page, url: https://vendor.example/vdi, as_of: 2025-06-01}
rules:
  - id: hypervisor
    title: A supported hypervisor
    severity: critical
    section: Hypervisors
    require: {platform.kind: {in: [vmware, azure, xen_server]}}
    because: Others are not tested.
    remediation: Move it to VMware.
    contact: hypervisor vendor
  - id: persistent
    title: It keeps its disk
    severity: major
    require: {persistence.verdict: persistent}
    remediation: Make it persistent.
  - id: memory
    title: Enough memory
    severity: minor
    require: {memory.total_mib: {ge: 32768}}
---
pools:
  - name: xen
    docker: required
)";

class PolicyPlanTest : public testing::Test {
 protected:
  PolicyPlanTest() {
    site_.AddDesktop("finance", "fin-01", GoodFacts());
    site_.AddDesktop("finance", "fin-02", GoodFacts(), Presence::kOff);
    site_.AddDesktop("xen", "xen-01", XenFacts());
    site_.AddDesktop("xen", "xen-02", XenFacts());
    site_.AddDesktop("xen", "xen-03", XenFacts(), Presence::kStale);
    site_.SetPoolState("finance", Grade::kCompliant, "[]");
    site_.SetPoolState("xen", Grade::kNoncompliant, "[]");
  }

  static Json Files(const std::string& text) {
    return {{"files", {{{"name", "new.yaml"}, {"text", text}}}}};
  }
  Json Plan(const Json& body) {
    const HttpResponse response = site_.Post("/api/v1/policy/plan", body, Role::kPolicyEditor);
    EXPECT_EQ(response.status, 200) << response.body;
    return BodyOf(response);
  }
  std::string Detail(const Json& body, int status) {
    const HttpResponse response = site_.Post("/api/v1/policy/plan", body, Role::kPolicyEditor);
    EXPECT_EQ(response.status, status) << response.body;
    return BodyOf(response).value("detail", "");
  }

  TestSite site_;
};

TEST_F(PolicyPlanTest, AnswersWhatWouldChange) {
  Json plan = Plan(Files(kNew));
  EXPECT_NE(plan["policy"]["current"], plan["policy"]["new"]);
  plan["policy"].erase("current");
  plan["policy"].erase("new");
  for (Json& change : plan["desktops"]["changes"]) {
    for (Json& rule : change["rules"]) {
      for (Json& desktop : rule["sample"]) desktop.erase("id");
      std::sort(rule["sample"].begin(), rule["sample"].end());  // they come by id
    }
  }
  std::ifstream file(VDIWATCH_SOURCE_DIR "/tests/server/golden/plan.json");
  const std::string golden(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(plan.dump(2) + "\n", golden);
}

TEST_F(PolicyPlanTest, ReplaysWhatWasRecorded) {
  site_.clock.Advance(Seconds(3600));
  Json body = Files(kNew);
  body["since_s"] = 7200;
  const Json replay = Plan(body)["replay"];
  EXPECT_EQ(replay["since"], FormatTime(kStart - Seconds(3600)));
  EXPECT_EQ(replay["moves"], 5);
  ASSERT_EQ(replay["pools"].size(), 2u);
  const Json& finance = replay["pools"][0];
  EXPECT_EQ(finance["pool"], "finance");
  EXPECT_EQ(finance["current"]["turned_noncompliant"], 0);
  EXPECT_EQ(finance["new"]["turned_noncompliant"], 1);
  EXPECT_EQ(finance["new"]["noncompliant_s"], 3600);
  EXPECT_EQ(replay["pools"][1]["current"]["turned_noncompliant"], 1);
}

TEST_F(PolicyPlanTest, AReplayStartsFromHowPoolsStood) {
  site_.clock.Advance(Seconds(3600));
  Json body = Files(kNew);
  body["since_s"] = 1800;
  const Json plan = Plan(body);
  EXPECT_EQ(plan["replay"]["moves"], 0);
  const Json& xen = plan["replay"]["pools"][1];
  EXPECT_EQ(xen["current"]["turned_noncompliant"], 0) << "it was noncompliant before";
  EXPECT_EQ(xen["current"]["noncompliant_s"], 1800);
}

TEST_F(PolicyPlanTest, WaiversThatNameDesktopsPartThemFromTheirProfile) {
  const std::string waivers = R"(---
waivers:
  - {id: w-pool, rule: persistent, pool: xen, owner: a, reason: Later., expires: 2026-12-31}
  - {id: w-desktop, rule: memory, desktop: fin-01, owner: a, reason: Later., expires: 2026-12-31}
)";
  const Json plan = Plan(Files(kNew + waivers));
  EXPECT_EQ(plan["waivers"]["unused"], Json({"w-pool"})) << "nothing in xen is not persistent";
  EXPECT_EQ(plan["waivers"]["active"], Json({"w-desktop"}));
  EXPECT_EQ(plan["desktops"]["changing"], 1) << "fin-02 alone; fin-01 is excused";
  EXPECT_EQ(plan["pools"]["changes"][0]["to"], "noncompliant") << "half of it fails";
}

TEST_F(PolicyPlanTest, WritesNothing) {
  const auto state = [this] {
    Json all = Json::array();
    for (const char* path : {"/api/v1/overview", "/api/v1/pools", "/api/v1/pools/xen",
                             "/api/v1/pools/finance", "/api/v1/desktops", "/api/v1/rules"}) {
      all.push_back(site_.GetJson(path));
    }
    return all;
  };
  const Json before = state();
  Json body = Files(kNew);
  body["since_s"] = 7200;
  Plan(body);
  EXPECT_EQ(state(), before);
}

TEST_F(PolicyPlanTest, MistakesAreSaidAsLintDoes) {
  const std::string detail = Detail(Files("pack: test\nrulez: []\n"), 400);
  EXPECT_EQ(detail,
            "new.yaml:1:1: a pack needs 'rules'\n"
            "new.yaml:2:1: unknown key 'rulez' in a pack; did you mean 'rules'?");
}

TEST_F(PolicyPlanTest, BadRequestsSayWhatIsWrong) {
  EXPECT_EQ(Detail(Json::array(), 400), "the body must be an object with 'files'");
  EXPECT_EQ(Detail(Json::object(), 400), "files must be a list of at most 1000 {name, text}");
  EXPECT_EQ(Detail({{"files", {{{"name", "x"}}}}}, 400), "'text' is missing");
  EXPECT_EQ(Detail({{"files", Json::array()}, {"since", "30d"}}, 400),
            "unknown member 'since': the body has 'files' and 'since_s'");
  Json body = Files(kNew);
  body["since_s"] = -1;
  EXPECT_EQ(Detail(body, 400), "since_s must be from 0 (no replay) to 400 days");
}

TEST_F(PolicyPlanTest, NeedsAPolicyEditor) {
  EXPECT_EQ(site_.Post("/api/v1/policy/plan", Files(kNew), Role::kOperator).status, 403);
}

TEST(MaxBodyBytes, IsLargerForAPlan) {
  EXPECT_EQ(MaxBodyBytes("POST", "/api/v1/policy/plan"), 4u << 20);
  EXPECT_EQ(MaxBodyBytes("POST", "/api/v1/session"), 64u << 10);
  EXPECT_EQ(MaxBodyBytes("POST", "/nowhere"), 64u << 10);
}

// At constant profiles the number of looks at the policy stays the same.
TEST_F(PolicyPlanTest, TheCostFollowsProfilesNotDesktops) {
  const Json before = Plan(Files(kNew));
  for (int i = 0; i < 200; ++i) site_.AddDesktop("xen", "more-" + std::to_string(i), XenFacts());
  const Json after = Plan(Files(kNew));
  EXPECT_EQ(after["desktops"]["total"], 205);
  EXPECT_EQ(before["evaluations"], 2);
  EXPECT_EQ(after["evaluations"], 2);
}

TEST_F(PolicyPlanTest, WorksWhileDesktopsAreWritten) {
  auto writing = std::async(std::launch::async, [this] {
    for (int i = 0; i < 50; ++i) site_.AddDesktop("xen", "late-" + std::to_string(i), XenFacts());
  });
  Json body = Files(kNew);
  body["since_s"] = 7200;
  for (int i = 0; i < 10; ++i) {
    const Json plan = Plan(body);
    EXPECT_GE(plan["replay"]["moves"], 5);
    EXPECT_EQ(plan["replay"]["moves"], plan["desktops"]["total"]) << "one snapshot for both";
  }
  writing.get();
}

}  // namespace
}  // namespace vdiwatch::server
