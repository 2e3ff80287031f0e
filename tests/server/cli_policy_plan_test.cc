#include <gtest/gtest.h>

#include <sstream>

#include "server/policy_plan_print.h"
#include "tests/server/test_daemon.h"

namespace vdiwatch::server {
namespace {

constexpr char kOwn[] = R"(pack: own
rules:
  - id: on-vmware
    title: On VMware
    require: {platform.kind: vmware}
)";

class CliPolicyPlanTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(daemon_.directory().path() / "policy");
    daemon_.Configure(
        "agents: {listen: '127.0.0.1:0'}\npeople: {listen: '127.0.0.1:0'}\n"
        "policy_dir: policy\nbuilt_in_pack: false\n");
    daemon_.directory().Write("policy/own.yaml", kOwn);
    daemon_.Init();
    const auto started = daemon_.Start();
    ASSERT_TRUE(started) << started.error().message;
  }
  std::string New(const std::string& text) {
    return daemon_.directory().Write("new.yaml", text).string();
  }

  TestDaemon daemon_;
};

TEST_F(CliPolicyPlanTest, AsksTheServerOrReadsItsStore) {
  const std::string file = New(std::string(kOwn) + "  - {id: more, require: {wsl.usable: true}}\n");
  const Ran there = RunCli({"policy", "plan", file, "--profile", daemon_.Profile("policy_editor")});
  EXPECT_EQ(there.code, 0) << there.err;
  EXPECT_NE(there.out.find("Rules added  more"), std::string::npos) << there.out;
  EXPECT_EQ(there.err, "") << "no terminal, no progress";
  const Ran json = RunCli({"policy", "plan", file, "--since", "30d", "--json", "--profile",
                           daemon_.Profile("policy_editor")});
  EXPECT_EQ(json.code, 0) << json.err;
  EXPECT_EQ(Json::parse(json.out)["rules"]["added"], Json({"more"}));
  EXPECT_EQ(Json::parse(json.out)["policy"]["built_in_pack"], false);

  daemon_.Stop();
  const Ran here =
      RunCli({"policy", "plan", file, "--since", "30d", "--config", daemon_.config_file()});
  EXPECT_EQ(here.code, 0) << here.err;
  EXPECT_NE(here.out.find("Rules added  more"), std::string::npos) << here.out;
  EXPECT_NE(here.out.find("over 0 recorded moves"), std::string::npos) << here.out;
}

TEST_F(CliPolicyPlanTest, MistakesAreShownAsLintDoesAndNothingIsPlanned) {
  const std::string file = New("pack: own\nrulez: []\n");
  const std::string lines = file + ":1:1: a pack needs 'rules'\n" + file +
                            ":2:1: unknown key 'rulez' in a pack; did you mean 'rules'?\n";
  const Ran ran = RunCli({"policy", "plan", file, "--profile", "nowhere.yaml"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.out, lines);
  const Ran json = RunCli({"policy", "plan", file, "--json", "--profile", "nowhere.yaml"});
  EXPECT_EQ(json.out, "");
  EXPECT_EQ(json.err, lines);
}

TEST(CliPolicyPlan, MistakesBesideTheBuiltInPackAreShownAsLintDoes) {
  TestDaemon daemon;
  daemon.Init();
  ASSERT_TRUE(daemon.Start());
  const std::string file =
      daemon.directory()
          .Write("new.yaml",
                 "pack: own\nrules: [{id: single-instance, require: {wsl.usable: true}}]\n")
          .string();
  const std::string start = file + ":2:";
  const Ran there = RunCli({"policy", "plan", file, "--profile", daemon.Profile("policy_editor")});
  EXPECT_EQ(there.code, 1) << there.err;
  EXPECT_TRUE(there.out.starts_with(start)) << there.out;
  EXPECT_NE(there.out.find("is already in built-in/"), std::string::npos) << there.out;
  EXPECT_EQ(there.err, "");
  daemon.Stop();
  const Ran here = RunCli({"policy", "plan", file, "--json", "--config", daemon.config_file()});
  EXPECT_EQ(here.code, 1) << here.err;
  EXPECT_EQ(here.out, "");
  EXPECT_TRUE(here.err.starts_with(start)) << here.err;
}

TEST_F(CliPolicyPlanTest, ErrorsAreOneLine) {
  const Ran span = RunCli({"policy", "plan", New(kOwn), "--since", "soon"});
  EXPECT_EQ(span.code, 64);
  EXPECT_EQ(
      span.err,
      "vdiwatch: --since: 'soon' is no span of time, such as 12h or 30d (see `vdiwatch --help`)\n");
  const Ran denied = RunCli({"policy", "plan", New(kOwn), "--profile", daemon_.Profile("viewer")});
  EXPECT_EQ(denied.code, 77);
  EXPECT_NE(denied.err.find("This needs the role policy_editor"), std::string::npos) << denied.err;
  const Ran missing = RunCli({"policy", "plan", "/nowhere.yaml"});
  EXPECT_EQ(missing.code, 65);
}

std::string Printed(std::size_t width) {
  std::ostringstream out, err;
  PrintPlan(Json::parse(R"({
    "at": "2026-11-22T08:00:00Z", "policy": {"built_in_pack": true},
    "rules": {"added": ["memory"], "removed": [],
              "changed": [{"rule": "hypervisor", "keys": ["require", "severity"]}]},
    "policy_pools": {"added": [], "removed": ["old"],
                     "changed": [{"pool": "xen", "keys": ["stale_after"]}]},
    "waivers": {"active": ["w-1"], "scheduled": [], "expiring": [], "expired": [], "unused": ["w-2"]},
    "desktops": {"total": 500, "reporting": 450, "changing": 40, "changes": [
      {"from": "compliant", "to": "noncompliant", "desktops": 40, "rules": [
        {"rule": "hypervisor", "desktops": 40,
         "why": "The desktop runs on Xen (platform.kind = xen); expected VMware or Azure.",
         "sample": [{"host_name": "xen-01"}, {"host_name": "xen-02\u001b[31m"}]}]}]},
    "pools": {"total": 3, "changing": 1, "changes": [
      {"pool": "xen", "from": "compliant", "to": "noncompliant", "reasons": [
        {"text": "40 of 40 desktops: The desktop runs on Xen."}]}]},
    "alerts": {"fire": [{"pool": "xen", "rule": "hypervisor", "text": "40 of 40 desktops"}],
               "resolve": [{"pool": "hr", "rule": "", "text": "9 of 9 desktops fell silent"}]},
    "replay": {"since": "2026-10-23T08:00:00Z", "moves": 1200, "pools": [
      {"pool": "xen",
       "current": {"turned_noncompliant": 0, "noncompliant_s": 0, "turned_unknown": 1,
                   "unknown_s": 60},
       "new": {"turned_noncompliant": 3, "noncompliant_s": 187200, "turned_unknown": 1,
               "unknown_s": 60}},
      {"pool": "hr", "current": {}, "new": {}}]}})"),
            {out, err, false, width});
  return out.str();
}

TEST(PrintPlanTest, SaysWhatChangesWhyAndWhere) {
  EXPECT_EQ(
      Printed(100),
      R"(As of 2026-11-22T08:00:00Z, if these files took the place of those in policy_dir; the built-in pack
stays:
Rules added     memory
Rules changed   hypervisor (require, severity)
Pools removed   old
Pools changed   xen (stale_after)
Waivers unused  w-2
Desktops        40 of 500 would change grade (450 of them reporting)
Pools           1 of 3 would change grade
Alerts          1 would fire, 1 would be resolved

FROM       TO            DESKTOPS  RULE        WHY, AND WHERE
compliant  noncompliant  40        hypervisor  The desktop runs on Xen (platform.kind = xen);
                                               expected VMware or Azure. On: xen-01, xen-02?[31m

POOL  FROM       TO            WHY
xen   compliant  noncompliant  40 of 40 desktops: The desktop runs on Xen.

ALERT     POOL  RULE        TEXT
fires     xen   hypervisor  40 of 40 desktops
resolved  hr    -           9 of 9 desktops fell silent

Since 2026-10-23T08:00:00Z, over 1200 recorded moves of desktops, had each policy been put in force
then; 1 of 2 pools would have fared alike.
POOL  GRADE         TODAY'S POLICY  THE NEW ONE
xen   noncompliant  never           3 times, 2d 4h

Not counted: changes of stale_after. Where desktops belong, and which of them are stale or retired,
was taken as it is.
)");
}

TEST(PrintPlanTest, FitsANarrowTerminal) {
  std::istringstream lines(Printed(60));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 60u) << line;
}

}  // namespace
}  // namespace vdiwatch::server
