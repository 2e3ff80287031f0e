#include <algorithm>

#include "agent/gather/plan.h"
#include "agent/probe/look.h"
#include "agent/probe/probe.h"
#include "tests/agent_windows/windows_machine.h"

namespace vdiwatch::agent {
namespace {

constexpr auto kAnna = "S-1-5-21-1000-2000-3000-1101";
constexpr auto kBert = "S-1-5-21-1000-2000-3000-1102";
constexpr auto kCloudUser = "S-1-12-1-11-22-33-44";

const std::string kUninstall =
    "\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Docker Desktop";
const std::string kLxss = "\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Lxss";

Facts FactsNow() { return Interpret(Gather()); }

// The agent as a whole on a Windows that was made to look like one desktop or another.
class DesktopsTest : public WindowsMachine {};

TEST_F(DesktopsTest, APlainWindowsHasNoneOfIt) {
  Facts facts = FactsNow();
  EXPECT_EQ(FactOf(facts, "os.family").AsText(), "windows");
  EXPECT_EQ(FactOf(facts, "vdi.broker").AsText(), "none");
  EXPECT_EQ(FactOf(facts, "docker_desktop.installed").AsBool(), false);
  EXPECT_EQ(FactOf(facts, "docker_desktop.instances").AsInteger(), 0);
  EXPECT_GT(FactOf(facts, "memory.total_mib").AsInteger().value_or(0), 0);
  EXPECT_GT(FactOf(facts, "cpu.logical_processors").AsInteger().value_or(0), 0);
}

TEST_F(DesktopsTest, ACitrixVdaMadeByMcs) {
  AddService("BrokerAgent", true);
  SetText("HKLM\\SOFTWARE\\Citrix\\VirtualDesktopAgent", "ProductVersion", "2402.0.100.629");
  SetText("HKLM\\SOFTWARE\\Citrix\\VirtualDesktopAgent\\State", "RegisteredDdcFqdn",
          "ddc1.corp.example");
  SetText("HKLM\\SOFTWARE\\Citrix\\VirtualDesktopAgent\\State", "DesktopGroupName",
          "Entwickler Süd");
  WriteFile(L"C:\\MCSPersonality.ini",
            "[StringData]\r\nListOfDDCs=ddc1.corp.example\r\nDiskMode=Shared\r\n");
  Facts facts = FactsNow();
  EXPECT_EQ(FactOf(facts, "vdi.broker").AsText(), "citrix");
  EXPECT_EQ(FactOf(facts, "vdi.broker_version").AsText(), "2402.0.100.629");
  EXPECT_EQ(FactOf(facts, "vdi.pool").AsText(), "Entwickler Süd");
  EXPECT_EQ(FactOf(facts, "persistence.mechanism").AsText(), "citrix_mcs");
  EXPECT_EQ(FactOf(facts, "persistence.declared").AsText(), "non_persistent");
}

TEST_F(DesktopsTest, AVdaThatIsStoppedServesNobody) {
  AddService("BrokerAgent", false);
  Evidence evidence = Gather();
  EXPECT_EQ(StateOf(evidence, "service:BrokerAgent"), "stopped");
  EXPECT_EQ(FactOf(Interpret(evidence), "vdi.broker").AsText(), "none");
}

TEST_F(DesktopsTest, CitrixProvisioning) {
  AddService("BNDevice", true);
  SetNumber("HKLM\\SYSTEM\\CurrentControlSet\\Services\\bnistack\\PVSAgent", "WriteCacheType", 9);
  Facts facts = FactsNow();
  EXPECT_EQ(FactOf(facts, "persistence.mechanism").AsText(), "citrix_pvs");
  EXPECT_EQ(FactOf(facts, "persistence.declared").AsText(), "non_persistent");
}

TEST_F(DesktopsTest, AHorizonInstantClone) {
  AddService("WSNM", true);
  AddService("vmware-viewcomposer-ga", true);
  SetText("HKLM\\SOFTWARE\\VMware, Inc.\\VMware VDM\\Agent", "ProductVersion", "8.12.0");
  SetText("HKLM\\SOFTWARE\\VMware, Inc.\\VMware VDM\\Agent\\Configuration", "Broker",
          "cs1.corp.example");
  SetText(std::string("HKU\\") + kAnna + "\\Volatile Environment", "ViewClient_Launch_ID", "dev");
  Facts facts = FactsNow();
  EXPECT_EQ(FactOf(facts, "vdi.broker").AsText(), "horizon");
  EXPECT_EQ(FactOf(facts, "vdi.broker_version").AsText(), "8.12.0");
  EXPECT_EQ(FactOf(facts, "vdi.pool").AsText(), "dev");
  EXPECT_EQ(FactOf(facts, "persistence.mechanism").AsText(), "horizon_instant_clone");
}

TEST_F(DesktopsTest, AnAvdSessionHostForMany) {
  AddService("RDAgentBootLoader", true);
  SetNumber("HKLM\\SOFTWARE\\Microsoft\\RDInfraAgent", "IsRegistered", 1);
  SetText("HKLM\\SOFTWARE\\Microsoft\\RDMonitoringAgent", "SessionHostPool", "hp-dev");
  SetNumber("HKLM\\SOFTWARE\\FSLogix\\Profiles", "Enabled", 1);
  Facts facts = FactsNow();
  EXPECT_EQ(FactOf(facts, "vdi.broker").AsText(), "avd");
  EXPECT_EQ(FactOf(facts, "vdi.pool").AsText(), "hp-dev");
  EXPECT_EQ(FactOf(facts, "persistence.profile_container").AsText(), "fslogix");
}

TEST_F(DesktopsTest, WslFromItsPackage) {
  AddService("WSLService", false, 3 /* manual */);
  SetText("HKLM" + kLxss + "\\Msi", "Version", "2.3.26.0");
  SetNumber(std::string("HKU\\") + kAnna + kLxss, "DefaultVersion", 2);
  SetNumber(std::string("HKU\\") + kCloudUser + kLxss, "DefaultVersion", 1);
  Evidence evidence = Gather();
  const auto* state = std::get_if<StateReading>(&evidence.At("service:WSLService"));
  ASSERT_NE(state, nullptr);
  EXPECT_EQ(state->start, "manual");
  Facts facts = Interpret(evidence);
  EXPECT_EQ(FactOf(facts, "wsl.version").AsText(), "2.3.26.0");
  EXPECT_EQ(FactOf(facts, "wsl.default_version").AsInteger(), 1);
}

TEST_F(DesktopsTest, DockerDesktopForTheMachineAndForTwoUsers) {
  SetText("HKLM" + kUninstall, "DisplayVersion", "4.50.0");
  SetText("HKLM" + kUninstall, "InstallDate", "20251101");
  AddProfile(kAnna, "anna");
  AddProfile(kBert, "Bärbel");
  SetText(std::string("HKU\\") + kAnna + kUninstall, "DisplayVersion", "4.41.2");
  SetText(std::string("HKU\\") + kAnna + kLxss + "\\{1c0f}", "DistributionName", "docker-desktop");
  SetText(std::string("HKU\\") + kAnna + kLxss + "\\{2c0f}", "DistributionName", "Ubuntu");
  // Signed out: only the files tell.
  WriteFile(L"C:\\Users\\Bärbel\\AppData\\Local\\Programs\\DockerDesktop\\Docker Desktop.exe",
            "MZ");
  WriteFile(L"C:\\Users\\Bärbel\\AppData\\Roaming\\Docker\\settings-store.json",
            R"({"WslEngineEnabled":false,"name":"Bärbel"})");
  Evidence evidence = Gather();
  Facts facts = Interpret(evidence);
  EXPECT_EQ(FactOf(facts, "docker_desktop.installed").AsBool(), true);
  EXPECT_EQ(FactOf(facts, "docker_desktop.installs").AsInteger(), 3);
  EXPECT_EQ(FactOf(facts, "docker_desktop.version").AsText(), "4.41.2");
  EXPECT_EQ(FactOf(facts, "docker_desktop.backend").AsText(), "hyper_v");
  EXPECT_EQ(FactOf(facts, "docker_desktop.engine_mode").AsText(), "local");
  EXPECT_EQ(FactOf(facts, "docker_desktop.installed_at").AsText(), "2025-11-01T00:00:00Z");
  const std::string text = EvidenceToText(evidence);
  for (const char* personal : {"anna", "S-1-5-21-", "1c0f", "Users\\\\B"}) {
    EXPECT_EQ(text.find(personal), std::string::npos) << personal;
  }
}

TEST_F(DesktopsTest, ARunningBackendBelongsToItsUser) {
  StartProgram("com.docker.backend.exe");
  StartProgram("Docker Desktop.exe");
  StartProgram("keepassxc.exe");
  Evidence evidence = Gather();
  const auto* processes = std::get_if<ProcessesReading>(&evidence.At("processes"));
  ASSERT_NE(processes, nullptr);
  ASSERT_EQ(processes->list.size(), 2u);
  EXPECT_GT(processes->list[0].pid, 0);
  EXPECT_GE(processes->list[0].session, 0);
  EXPECT_GE(processes->list[0].owner, 1);
  EXPECT_EQ(processes->list[0].owner, processes->list[1].owner);
  EXPECT_EQ(FactOf(Interpret(evidence), "docker_desktop.instances").AsInteger(), 1);
  EXPECT_EQ(EvidenceToText(evidence).find("keepass"), std::string::npos);
}

TEST_F(DesktopsTest, TheCloudIsToldByASocketOfTheSameUser) {
  AddProfile(kAnna, "anna");
  AddProfile(OwnSid(), "own");
  SetText("HKLM" + kUninstall, "DisplayVersion", "4.50.0");
  StartProgram("com.docker.backend.exe");
  WriteFile(L"C:\\Users\\anna\\.docker\\cloud\\docker-cloud.sock", "");
  EXPECT_FALSE(FactOf(FactsNow(), "docker_desktop.engine_mode").value());
  WriteFile(L"C:\\Users\\own\\.docker\\cloud\\docker-cloud.sock", "");
  EXPECT_EQ(FactOf(FactsNow(), "docker_desktop.engine_mode").AsText(), "cloud");
}

TEST_F(DesktopsTest, OrganisationsThatMustSignIn) {
  const std::wstring lines = std::wstring(L"acme\0globex\0", 12);
  SetBytes("HKLM\\SOFTWARE\\Policies\\Docker\\Docker Desktop", "allowedOrgs", 7 /* REG_MULTI_SZ */,
           {reinterpret_cast<const char*>(lines.c_str()), (lines.size() + 1) * sizeof(wchar_t)});
  Evidence evidence = Gather();
  const auto* keys = std::get_if<KeysReading>(
      &evidence.At("registry:HKLM\\SOFTWARE\\Policies\\Docker\\Docker Desktop@allowedOrgs"));
  ASSERT_NE(keys, nullptr);
  EXPECT_EQ(keys->keys, (std::vector<std::string>{"acme", "globex"}));
  EXPECT_EQ(FactOf(Interpret(evidence), "docker_desktop.sign_in_enforced").AsBool(), true);
}

TEST_F(DesktopsTest, DeepFreezeWritesIntoThe32BitView) {
  SetText("HKLM\\SOFTWARE\\Faronics\\Deep Freeze 6", "DF Status", "Frozen", View::k32);
  Evidence evidence = Gather();
  EXPECT_EQ(WhyNot(evidence, "registry:HKLM\\SOFTWARE\\Faronics\\Deep Freeze 6@DF Status"),
            Missing::kAbsent);
  EXPECT_EQ(
      TextOf(evidence, "registry:HKLM\\SOFTWARE\\WOW6432Node\\Faronics\\Deep Freeze 6@DF Status"),
      "Frozen");
  EXPECT_EQ(FactOf(Interpret(evidence), "persistence.mechanism").AsText(), "deep_freeze");
}

// Every locator that gathering records stands in the plan, and each has its form.
TEST_F(DesktopsTest, NothingOutsideThePlanIsRead) {
  AddProfile(kAnna, "anna");
  SetText(std::string("HKU\\") + kAnna + kUninstall, "DisplayVersion", "4.41.2");
  for (const auto& [locator, reading] : Gather().items) {
    bool planned = std::ranges::any_of(Plan(), [&locator = locator](const PlanItem& item) {
      return Fits(locator, item.locator) && item.os != "linux";
    });
    EXPECT_TRUE(planned) << locator;
  }
}

TEST_F(DesktopsTest, EveryPlannedPlaceWasGathered) {
  Evidence evidence = Gather();
  for (const PlanItem& item : Plan()) {
    // Of hypervisors there may be none, and settings are no part of the machine.
    if (item.locator == "cpuid:40000*" || item.locator.starts_with("config:")) continue;
    if (item.os == "linux") continue;
    bool read = std::ranges::any_of(evidence.items, [&](const auto& entry) {
      const auto* missing = std::get_if<MissingReading>(&entry.second);
      return Fits(entry.first, item.locator) && !(missing && missing->why == Missing::kNotGathered);
    });
    EXPECT_TRUE(read) << item.locator;
  }
}

TEST_F(DesktopsTest, ARecordingSaysTheSameWhenItIsReplayed) {
  Evidence evidence = Gather();
  auto again = EvidenceFromText(EvidenceToText(evidence), "recording");
  ASSERT_TRUE(again);
  EXPECT_EQ(EvidenceToText(*again), EvidenceToText(evidence));
  Facts first = Interpret(evidence), second = Interpret(*again);
  for (const auto& [key, fact] : first) EXPECT_TRUE(SameAnswer(fact, FactOf(second, key))) << key;
}

}  // namespace
}  // namespace vdiwatch::agent
