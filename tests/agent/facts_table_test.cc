#include "agent/facts_table.h"

#include <gtest/gtest.h>

#include "agent/places.h"
#include "agent/probe/probe.h"
#include "base/text.h"
#include "tests/agent/corpus.h"

namespace vdiwatch::agent {
namespace {

TEST(FactsTableTest, SaysWhatAndWhereInWordsOfAHelpDesk) {
  Evidence evidence;
  evidence.items["smbios:system.product"] = TextReading{"VMware20,1"};
  evidence.items["smbios:system.version"] = MissingReading{Missing::kAbsent, ""};
  evidence.items["cpuid:40000000"] = CpuidReading{0x40000010, 0x61774d56, 0x4d566572, 0x65726177};
  evidence.items["api:installed_memory_kib"] = NumberReading{16777216};
  evidence.items["registry:HKLM\\SOFTWARE\\X@Version"] = MissingReading{Missing::kDenied, ""};
  Facts facts = {
      {"platform.kind",
       Known("vmware", {"cpuid:40000000", "smbios:system.product", "smbios:system.version"})},
      {"platform.runs_own_hypervisor", Known(true, {"cpuid:40000000"})},
      {"memory.total_mib", Known(std::int64_t{16384}, {"api:installed_memory_kib"})},
      {"azure.vm_size", Unknown(Missing::kAbsent, {"smbios:system.version"})},
      {"wsl.version",
       Unknown(Missing::kDenied, {"smbios:system.version", "registry:HKLM\\SOFTWARE\\X@Version"})},
      {"vdi.broker", Known("none", {"service:WSNM", "service:BrokerAgent"})},
      {"vdi.pool", Unknown(Missing::kAbsent)},
  };
  EXPECT_EQ(FactsTable(facts, evidence),
            R"(FACT                              VALUE                  WHERE IT WAS READ
platform.kind                     vmware                 processor,
                                                         firmware product
    processor                     says: VMwareVMware
    firmware product              says: VMware20,1
platform.runs_own_hypervisor      yes                    processor
memory.total_mib                  16384 MiB              operating system
azure.vm_size                     - (not there)          firmware
wsl.version                       ? (access denied)      registry Version
vdi.broker                        none                   nothing in services
vdi.pool                          - (does not apply)

The exact places: vdiwatch-agent facts --json
)");
}

TEST(FactsTableTest, ShowsWhatContradictsItself) {
  Evidence evidence;
  evidence.items["smbios:system.product"] = TextReading{"VMware Virtual Platform"};
  evidence.items["smbios:system.uuid"] = TextReading{"564d1234"};
  evidence.items["cpuid:40000000"] = CpuidReading{0x40000010, 0x4b4d564b, 0x564b4d56, 0x4d};
  const std::vector<std::string> sources = {"cpuid:40000000", "smbios:system.product",
                                            "smbios:system.uuid"};
  Facts facts = {{"platform.kind", Unknown(Missing::kUndetermined, sources)},
                 {"platform.product", Unknown(Missing::kUndetermined, sources)}};
  const std::string text = FactsTable(facts, evidence);
  auto first = text.find(
      "    processor                     says: KVMKVMKVM\n"
      "    firmware product              says: VMware Virtual Platform\n");
  ASSERT_NE(first, std::string::npos) << text;
  EXPECT_EQ(text.find("says: KVMKVMKVM", first + 50), std::string::npos) << "it is there twice";
  EXPECT_EQ(text.find("564d1234"), std::string::npos);
}

TEST(FactsTableTest, WhatWasNotAllLookedAtDoesNotDenyWhatWas) {
  Evidence evidence;
  evidence.items["cpuid:1"] = CpuidReading{};
  Facts facts = {
      {"nested_virtualization.in_use", Unknown(Missing::kNotGathered, {"cpuid:1"})},
      {"nested_virtualization.usable", Unknown(Missing::kNotGathered)},
  };
  const std::string text = FactsTable(facts, evidence);
  EXPECT_NE(text.find("nested_virtualization.in_use      ? (partly looked at)   processor\n"),
            std::string::npos);
  EXPECT_NE(text.find("nested_virtualization.usable      ? (not looked at)\n"), std::string::npos);
}

TEST(FactsTableTest, WhatDoesNotFitGoesOnInItsColumn) {
  Evidence evidence;
  evidence.items["registry:HKLM\\X@ProductName"] = TextReading{"Windows 11"};
  Facts facts = {
      {"os.name", Known("Windows 11 Enterprise multi-session", {"registry:HKLM\\X@ProductName"})},
      {"vdi.broker", Known("none", {"service:BrokerAgent", "service:WSNM", "wmi:root\\x:Y",
                                    "file:C:\\Personality.ini"})},
  };
  const std::string text = FactsTable(facts, evidence);
  auto lines = Split(text, '\n');
  std::size_t where = lines[0].find("WHERE");
  EXPECT_TRUE(lines[1].ends_with("multi-session"));
  EXPECT_EQ(lines[2], std::string(where, ' ') + "registry ProductName");
  EXPECT_EQ(lines[3].substr(where), "nothing in services,");
  EXPECT_EQ(lines[4].substr(where), "WMI, C:\\Personality.ini");
}

TEST(FactsTableTest, FitsATerminalForEveryMachine) {
  for (const Machine& machine : Corpus()) {
    auto evidence = EvidenceFromText(machine.evidence, machine.id);
    ASSERT_TRUE(evidence);
    const std::string text = FactsTable(Interpret(*evidence), *evidence);
    for (std::string_view line : Split(text, '\n')) {
      EXPECT_LE(Columns(line), 80u) << machine.id << ": " << line;
    }
  }
}

TEST(PlacesTest, AreCutToTheirColumns) {
  EXPECT_EQ(FitColumns("Größe", 5), "Größe");
  EXPECT_EQ(FitColumns("Größen", 5), "Größ…");
  EXPECT_EQ(PlaceName("registry:HKLM\\A\\State@RegisteredDdcFqdn", 22), "reg. RegisteredDdcFqdn");
  EXPECT_EQ(PlaceName("registry:HKU\\*\\A\\Docker Desktop@DisplayVersion", 22),
            "users' DisplayVersion");
  EXPECT_EQ(PlaceName("registry:HKLM\\SOFTWARE\\Docker Inc.\\Docker Desktop\\", 40),
            "registry Docker Desktop");
  EXPECT_EQ(PlaceName("service:CloudManagedDesktopExtension", 22), "service CloudManagedD…");
  EXPECT_EQ(PlaceName("smbios:chassis.asset_tag", 22), "chassis tag");
  EXPECT_EQ(PlaceKind("smbios:chassis.asset_tag", 22), "firmware");
}

}  // namespace
}  // namespace vdiwatch::agent
