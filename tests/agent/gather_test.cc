#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "agent/gather/plan.h"
#include "agent/probe/look.h"
#include "agent/probe/probe.h"
#include "base/digest.h"

namespace vdiwatch::agent {
namespace {

namespace fs = std::filesystem;

// A machine made of files, in a temporary folder of its own.
class GatherTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "vdiwatch-gather-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::binary) << text;
  }
  Evidence Read() { return Gather(root_.string()); }

  fs::path root_;
};

std::string TextOf(const Evidence& evidence, std::string_view locator) {
  const auto* text = std::get_if<TextReading>(&evidence.At(locator));
  return text ? text->text : "";
}
std::optional<Missing> MissingOf(const Evidence& evidence, std::string_view locator) {
  const auto* missing = std::get_if<MissingReading>(&evidence.At(locator));
  return missing ? std::optional(missing->why) : std::nullopt;
}
std::string StateOf(const Evidence& evidence, std::string_view locator) {
  const auto* state = std::get_if<StateReading>(&evidence.At(locator));
  return state ? state->state : "";
}

TEST_F(GatherTest, AnEmptyMachineIsAbsentNotUnread) {
  fs::create_directories(root_ / "proc/1");
  Write("proc/1/comm", "init\n");
  Evidence evidence = Read();
  for (const char* locator : {"smbios:system.manufacturer", "smbios:raw", "file:/etc/os-release",
                              "path:/opt/docker-desktop", "service:ctxvda",
                              "file:/home/*/.docker/desktop/settings-store.json",
                              "imds:azure/instance", "package:docker-desktop"}) {
    EXPECT_EQ(MissingOf(evidence, locator), Missing::kAbsent) << locator;
  }
  Facts facts = Interpret(evidence);
  EXPECT_EQ(FactOf(facts, "docker_desktop.installed").AsBool(), false);
  EXPECT_EQ(FactOf(facts, "docker_desktop.instances").AsInteger(), 0);
  EXPECT_EQ(FactOf(facts, "vdi.broker").AsText(), "none");
}

TEST_F(GatherTest, ReadsTheFirmwaresStrings) {
  Write("sys/class/dmi/id/sys_vendor", "VMware, Inc.\n");
  Write("sys/class/dmi/id/product_name", "VMware20,1\n");
  Write("sys/class/dmi/id/chassis_asset_tag", "Gr\xfc\xdf\n");
  Evidence evidence = Read();
  EXPECT_EQ(TextOf(evidence, "smbios:system.manufacturer"), "VMware, Inc.\n");
  EXPECT_EQ(TextOf(evidence, "smbios:system.product"), "VMware20,1\n");
  EXPECT_EQ(TextOf(evidence, "smbios:chassis.asset_tag"), "Gr??\n");
}

TEST_F(GatherTest, WhatIsTooLargeOrNoFileIsFailed) {
  Write("etc/os-release", std::string(100 << 10, 'x'));
  fs::create_directories(root_ / "proc/sys/kernel/osrelease");
  ASSERT_EQ(::mkfifo((root_ / "proc/meminfo").c_str(), 0600), 0);
  Evidence evidence = Read();  // must not wait for a writer of the pipe
  EXPECT_EQ(MissingOf(evidence, "file:/etc/os-release"), Missing::kFailed);
  EXPECT_EQ(MissingOf(evidence, "file:/proc/sys/kernel/osrelease"), Missing::kFailed);
  EXPECT_EQ(MissingOf(evidence, "file:/proc/meminfo"), Missing::kFailed);
}

TEST_F(GatherTest, WhatAnOrdinaryUserMayNotReadIsDenied) {
  Write("etc/os-release", "NAME=x\n");
  ASSERT_EQ(::chmod((root_ / "etc/os-release").c_str(), 0), 0);
  ASSERT_EQ(::chmod(root_.c_str(), 0755), 0);
  const uid_t self = ::geteuid();
  constexpr uid_t kNobody = 65534;
  ASSERT_EQ(::seteuid(self == 0 ? kNobody : self), 0);
  Evidence evidence = Read();
  ASSERT_EQ(::seteuid(self), 0);
  EXPECT_EQ(MissingOf(evidence, "file:/etc/os-release"), Missing::kDenied);
}

TEST_F(GatherTest, HomesBecomeNumbers) {
  Write("home/anna/.docker/desktop/settings-store.json", "{}");
  Write("home/bert/notes.txt", "private");
  Write("home/carl/.docker/desktop/settings-store.json", "{\"a\":1}");
  Evidence evidence = Read();
  EXPECT_EQ(TextOf(evidence, "file:/home/1/.docker/desktop/settings-store.json"), "{}");
  EXPECT_EQ(TextOf(evidence, "file:/home/3/.docker/desktop/settings-store.json"), "{\"a\":1}");
  EXPECT_EQ(EvidenceToText(evidence).find("anna"), std::string::npos);
  EXPECT_EQ(EvidenceToText(evidence).find("private"), std::string::npos);
}

TEST_F(GatherTest, CountsOnlyPlannedPrograms) {
  Write("proc/1/comm", "systemd\n");
  Write("proc/77/comm", "com.docker.back\n");  // as the kernel cuts it
  Write("proc/78/comm", "keepassxc\n");
  Evidence evidence = Read();
  const auto* processes = std::get_if<ProcessesReading>(&evidence.At("processes"));
  ASSERT_NE(processes, nullptr);
  ASSERT_EQ(processes->list.size(), 1u);
  EXPECT_EQ(processes->list[0].name, "com.docker.backend");
  EXPECT_EQ(processes->list[0].owner, 1);
  EXPECT_EQ(FactOf(Interpret(evidence), "docker_desktop.instances").AsInteger(), 1);
}

// The kernel cuts names: what only begins alike is told by its file, or its command line.
TEST_F(GatherTest, WhatOnlyBeginsLikeAPlannedProgramDoesNotCount) {
  Write("proc/1/comm", "systemd\n");
  for (const char* pid : {"77", "78", "79", "80", "81"}) {
    Write(std::string("proc/") + pid + "/comm", "com.docker.back\n");
  }
  fs::create_symlink("/opt/docker-desktop/bin/com.docker.backend", root_ / "proc/77/exe");
  fs::create_symlink("/opt/x/com.docker.backdoor", root_ / "proc/78/exe");
  Write("proc/78/cmdline", std::string("com.docker.backdoor\0-x\0", 23));
  Write("proc/79/cmdline", std::string("/usr/bin/com.docker.backdoor\0", 29));
  Write("proc/80/cmdline", std::string("/usr/bin/com.docker.backend\0run\0", 32));
  fs::create_symlink("/opt/docker-desktop/bin/com.docker.backend (deleted)", root_ / "proc/81/exe");
  Evidence evidence = Read();
  const auto* processes = std::get_if<ProcessesReading>(&evidence.At("processes"));
  ASSERT_NE(processes, nullptr);
  std::vector<std::int64_t> pids;
  for (const ProcessEntry& entry : processes->list) pids.push_back(entry.pid);
  EXPECT_EQ(pids, (std::vector<std::int64_t>{77, 80, 81}));
}

TEST_F(GatherTest, HiddenProcessesCannotBeCounted) {
  Write("proc/77/comm", "com.docker.back\n");
  EXPECT_EQ(MissingOf(Read(), "processes"), Missing::kDenied);
}

TEST_F(GatherTest, ServicesRunWhereTheirControlGroupIs) {
  Write("lib/systemd/system/ctxvda.service", "");
  Write("lib/systemd/system/viewagent.service", "");
  fs::create_directories(root_ / "sys/fs/cgroup/system.slice/ctxvda.service");
  Evidence evidence = Read();
  EXPECT_EQ(StateOf(evidence, "service:ctxvda"), "running");
  EXPECT_EQ(StateOf(evidence, "service:viewagent"), "stopped");
  EXPECT_EQ(FactOf(Interpret(evidence), "vdi.broker").AsText(), "citrix");
}

TEST_F(GatherTest, ReadsRootMemoryCpuAndPackage) {
  Write("proc/self/mounts", "overlay / overlay rw 0 0\ntmpfs /run tmpfs rw 0 0\n");
  Write("sys/devices/system/memory/block_size_bytes", "8000000\n");
  for (const char* block : {"memory0", "memory1", "memory32"}) {
    fs::create_directories(root_ / "sys/devices/system/memory" / block);
  }
  Write("proc/cpuinfo", "processor\t: 0\nflags\t: vmx\n\nprocessor\t: 1\nflags\t: vmx\n");
  fs::create_directories(root_ / "opt/docker-desktop");
  Write("var/lib/dpkg/status",
        "Package: aaa\nVersion: 1\n\nPackage: docker-desktop\nStatus: ok\nVersion: 4.38.0-1\n\n"
        "Package: zzz\nVersion: 9\n");
  Evidence evidence = Read();
  EXPECT_EQ(TextOf(evidence, "api:root_filesystem"), "overlay");
  EXPECT_EQ(TextOf(evidence, "file:/proc/cpuinfo"), "processor\t: 0\nflags\t: vmx");
  EXPECT_EQ(TextOf(evidence, "package:docker-desktop"), "4.38.0-1");
  Facts facts = Interpret(evidence);
  EXPECT_EQ(FactOf(facts, "memory.total_mib").AsInteger(), 384);
  EXPECT_EQ(FactOf(facts, "docker_desktop.version").AsText(), "4.38.0-1");
}

TEST_F(GatherTest, TheTableIsRecordedWithoutSerialNumbers) {
  std::string table = std::string("\x01\x1b\0\0\1\2\0\3", 8) + std::string(19, '\0');
  table += std::string("Acme\0Desk\0SERIAL-77\0\0", 21);
  Write("sys/firmware/dmi/tables/DMI", table);
  Evidence evidence = Read();
  const auto* raw = std::get_if<BytesReading>(&evidence.At("smbios:raw"));
  ASSERT_NE(raw, nullptr);
  EXPECT_NE(raw->bytes.find("Desk"), std::string::npos);
  EXPECT_EQ(raw->bytes.find("SERIAL"), std::string::npos);
}

// Every locator that gathering records stands in the plan.
TEST_F(GatherTest, NothingOutsideThePlanIsRead) {
  for (const auto& [locator, reading] : Gather().items) {
    bool planned = std::ranges::any_of(Plan(), [&locator = locator](const PlanItem& item) {
      return Fits(locator, item.locator) && item.os != "windows";
    });
    EXPECT_TRUE(planned) << locator;
  }
}

// This machine, whatever it is: each reading succeeded, or there is an honest reason.
TEST(LiveGatherTest, NothingFailsOnThisMachine) {
  Evidence evidence = Gather();
  EXPECT_EQ(evidence.os, "linux");
  for (const auto& [locator, reading] : evidence.items) {
    const auto* missing = std::get_if<MissingReading>(&reading);
    EXPECT_FALSE(missing && missing->why == Missing::kFailed) << locator << ": " << missing->detail;
  }
  auto again = EvidenceFromText(EvidenceToText(evidence), "recording");
  ASSERT_TRUE(again);
  EXPECT_EQ(EvidenceToText(*again), EvidenceToText(evidence));
  EXPECT_GT(FactOf(Interpret(evidence), "memory.total_mib").AsInteger().value_or(0), 0);
}

TEST(LiveGatherTest, FactsOfOneMachineAreAlwaysTheSame) {
  Facts first = Interpret(Gather()), second = Interpret(Gather());
  for (const auto& [key, fact] : first) EXPECT_TRUE(SameAnswer(fact, FactOf(second, key))) << key;
}

TEST(ClaimsTest, ThisMachineHasABootAndAName) {
  auto boot = BootId();
  ASSERT_TRUE(boot);
  EXPECT_EQ(boot->size(), 36u);
  RawClaims claims = GatherClaims();
  EXPECT_FALSE(claims.host_name.empty());
  for (const std::string& mac : claims.mac_addresses) EXPECT_EQ(mac.size(), 17u);
}

TEST(PlanTest, IsCompleteAndReadable) {
  std::set<std::string_view> seen;
  for (const PlanItem& item : Plan()) {
    EXPECT_TRUE(seen.insert(item.locator).second) << item.locator << " stands there twice";
    EXPECT_FALSE(item.reason.empty()) << item.locator;
    EXPECT_TRUE(item.os == "any" || item.os == "linux" || item.os == "windows") << item.locator;
    EXPECT_EQ(item.max_matches > 1, item.locator.find('*') != std::string_view::npos)
        << item.locator;
  }
  std::string text = PlanText();
  EXPECT_NE(text.find("BrokerAgent"), std::string::npos);
  EXPECT_NE(text.find("com.docker.backend.exe"), std::string::npos);
}

}  // namespace
}  // namespace vdiwatch::agent
