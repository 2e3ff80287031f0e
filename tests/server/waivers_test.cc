// Waivers and policy sets as people see them: API and command line.
#include <gtest/gtest.h>

#include "tests/server/test_daemon.h"

namespace vdiwatch::server {
namespace {

class WaiverApiTest : public testing::Test {
 protected:
  WaiverApiTest() {
    waived_ = site_.AddDesktop("lab", "xen-09", XenFacts());
    site_.AddDesktop("lab", "xen-08", XenFacts());
  }
  Json Waiver(const Json& list, std::string_view id) {
    for (const Json& waiver : list) {
      if (waiver["id"] == id) return waiver;
    }
    ADD_FAILURE() << "no waiver " << id;
    return nullptr;
  }

  TestSite site_;
  collector::Desktop waived_;
};

TEST_F(WaiverApiTest, ListsThemWithTheirStateAndUse) {
  const Json list = site_.GetJson("/api/v1/waivers")["waivers"];
  std::vector<std::string> states;
  for (const Json& waiver : list) states.push_back(waiver["state"]);
  EXPECT_EQ(states, (std::vector<std::string>{"expired", "unused", "scheduled", "active"}))
      << "what needs attention comes first";
  const Json lab = Waiver(list, "lab");
  EXPECT_EQ(lab["desktops"], 1);
  EXPECT_EQ(lab["scope"], "desktop xen-09");
  EXPECT_EQ(lab["owner"], "jane");
  EXPECT_EQ(lab["reason"], "it moves");
  EXPECT_EQ(lab["expires"], "2026-12-31");
  EXPECT_EQ(lab["ends_at"], "2027-01-01T00:00:00Z");
  EXPECT_TRUE(lab["pool"].is_null());
  EXPECT_EQ(Waiver(list, "soon")["starts"], "2026-12-01T00:00:00Z");
  site_.clock.Set(*ParseTime("2026-12-20T00:00:00Z"));
  EXPECT_EQ(Waiver(site_.GetJson("/api/v1/waivers")["waivers"], "lab")["state"], "expiring");
}

TEST_F(WaiverApiTest, AWaivedFailureStaysVisible) {
  const Json desktop = site_.GetJson("/api/v1/desktops/xen-09");
  EXPECT_EQ(desktop["grade"], "compliant");
  const Json rule = desktop["verdict"]["rules"][0];
  EXPECT_EQ(rule["grade"], "waived");
  EXPECT_NE(rule["why"].get<std::string>().find("xen_server"), std::string::npos);
  EXPECT_EQ(rule["waiver"]["grade"], "noncompliant");
  EXPECT_EQ(rule["waiver"]["text"], "Waived by jane until the end of 2026-12-31 (UTC): it moves.");
  const Json pool = site_.GetJson("/api/v1/pools/lab");
  const Json row = pool["rules"][0];
  EXPECT_EQ(row["waived"], 1);
  EXPECT_EQ(row["noncompliant"], 1);
  EXPECT_EQ(row["excuse"], rule["waiver"]["text"]);
  ASSERT_EQ(pool["waivers"].size(), 1u);
  EXPECT_EQ(pool["waivers"][0]["id"], "lab");
  const Json found =
      site_.GetJson("/api/v1/desktops?pool=lab&rule=hypervisor&rule_grade=waived")["desktops"];
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0]["host_name"], "xen-09");
}

TEST_F(WaiverApiTest, VerdictsNameThePolicyTheyWereGivenUnder) {
  const std::string digest = site_.GetJson("/api/v1/overview")["policy"]["digest"];
  for (const char* target : {"/api/v1/desktops/xen-09", "/api/v1/pools/lab"}) {
    const Json policy = site_.GetJson(target)["policy"];
    EXPECT_EQ(policy["digest"], digest) << target;
    EXPECT_EQ(policy["in_force"], true);
    EXPECT_EQ(policy["packs"], Json::array({{{"name", "test"}, {"version", "7"}}}));
  }
  EXPECT_EQ(site_.GetJson("/api/v1/desktops/xen-09")["history"][0]["policy"], digest);
}

TEST_F(WaiverApiTest, ThePolicySetIsReadBack) {
  const Json sets = site_.GetJson("/api/v1/policy-sets")["policy_sets"];
  ASSERT_EQ(sets.size(), 1u);
  EXPECT_EQ(sets[0]["in_force"], true);
  const std::string digest = sets[0]["digest"];
  for (const std::string& name : {digest, digest.substr(0, 16), digest.substr(7, 8)}) {
    const Json set = site_.GetJson("/api/v1/policy-sets/" + name);
    EXPECT_EQ(set["digest"], digest);
    EXPECT_NE(set["files"]["test.yaml"].get<std::string>().find("pack: test"), std::string::npos);
  }
  EXPECT_EQ(site_.Get("/api/v1/policy-sets/none").status, 404);
  EXPECT_EQ(site_.Get("/api/v1/policy-sets/sha256:" + std::string(64, '0')).status, 404);
}

constexpr auto kPolicyOfDaemon =
    "pack: own\nversion: '1'\nrules:\n  - {id: kind, require: {platform.kind: vmware}}\n---\n"
    "pools: [{name: lab, expected_members: lab.csv}]\n---\n"
    "waivers:\n  - {id: w, rule: kind, pool: lab, owner: jane, reason: it moves, expires: "
    "2099-12-31}\n";

TEST(WaiverCommands, ListWaiversAndShowPolicySets) {
  TestDaemon daemon;
  std::filesystem::create_directory(daemon.directory().path() / "policy");
  daemon.directory().Write("policy/own.yaml", kPolicyOfDaemon);
  daemon.directory().Write("policy/lab.csv", "HostName\nlab-01\nlab-02\n");
  daemon.Configure(
      "agents: {listen: '127.0.0.1:0'}\npeople: {listen: '127.0.0.1:0'}\n"
      "policy_dir: policy\nbuilt_in_pack: false\n");
  daemon.Init();
  ASSERT_TRUE(daemon.Start());
  const std::string profile = daemon.Profile();

  const Ran list = RunCli({"waiver", "list", "--profile", profile});
  EXPECT_EQ(list.code, 0) << list.err;
  for (const char* part : {"STATE", "unused", "pool lab", "2099-12-31", "jane: it moves"}) {
    EXPECT_NE(list.out.find(part), std::string::npos) << part << "\n" << list.out;
  }
  const Ran json = RunCli({"waiver", "list", "--json", "--profile", profile});
  EXPECT_EQ(Json::parse(json.out)["waivers"][0]["id"], "w");

  const Ran pool = RunCli({"pool", "show", "lab", "--profile", profile});
  EXPECT_NE(pool.out.find("2 of 2: lab-01, lab-02"), std::string::npos) << pool.out;
  EXPECT_NE(pool.out.find("own 1 (sha256:"), std::string::npos) << pool.out;

  const Ran sets = RunCli({"policy", "sets", "--profile", profile});
  EXPECT_NE(sets.out.find("in force"), std::string::npos);
  const std::string digest = sets.out.substr(sets.out.find("sha256:"), 20);
  const Ran show = RunCli({"policy", "show", digest, "--profile", profile});
  EXPECT_EQ(show.code, 0) << show.err;
  EXPECT_NE(show.out.find(kPolicyOfDaemon), std::string::npos) << show.out;
  EXPECT_NE(show.out.find("# own.yaml\n"), std::string::npos) << "its base name: " << show.out;
  EXPECT_EQ(RunCli({"policy", "show", "sha256:00", "--profile", profile}).code, 65);
}

}  // namespace
}  // namespace vdiwatch::server
