#include "agent/facts_table.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "agent/probe/probe.h"
#include "base/text.h"
#include "tests/agent/corpus.h"

namespace vdiwatch::agent {
namespace {

// How many columns a line takes: continuation bytes of UTF-8 take none.
std::size_t Columns(std::string_view line) {
  return std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; });
}

TEST(FactsTableTest, SaysWhatAndWhereInWordsOfAHelpDesk) {
  Facts facts = {
      {"platform.kind", Known("vmware", {"cpuid:40000000", "cpuid:1", "smbios:system.product"})},
      {"platform.runs_own_hypervisor", Known(true, {"cpuid:40000003"})},
      {"memory.total_mib", Known(std::int64_t{16384}, {"api:installed_memory_kib"})},
      {"azure.vm_size", Unknown(Missing::kAbsent)},
      {"wsl.version", Unknown(Missing::kDenied, {"registry:HKLM\\SOFTWARE\\X@Version"})},
  };
  std::string text = FactsTable(facts);
  auto lines = Split(text, '\n');
  ASSERT_GE(lines.size(), 6u);
  std::size_t value = lines[0].find("VALUE"), where = lines[0].find("WHERE");
  EXPECT_EQ(lines[1].substr(0, 13), "platform.kind");
  EXPECT_EQ(lines[1].substr(value, 6), "vmware");
  EXPECT_EQ(lines[1].substr(where), "processor, firmware");
  EXPECT_EQ(lines[2].substr(value, 3), "yes");
  EXPECT_EQ(lines[3].substr(value, 9), "16384 MiB");
  EXPECT_EQ(lines[4].substr(value), "- (not there)");
  EXPECT_EQ(lines[5].substr(value, 17), "? (access denied)");
  EXPECT_EQ(lines[5].substr(where), "registry");
}

TEST(FactsTableTest, WhatDoesNotFitGoesOnInItsColumn) {
  Facts facts = {
      {"os.name", Known("Windows 11 Enterprise multi-session", {"registry:HKLM\\X@ProductName"})},
      {"vdi.broker", Known("none", {"service:BrokerAgent", "service:WSNM", "wmi:root\\x:Y",
                                    "file:C:\\Personality.ini"})},
  };
  std::string text = FactsTable(facts);
  auto lines = Split(text, '\n');
  std::size_t where = lines[0].find("WHERE");
  EXPECT_TRUE(lines[1].ends_with("multi-session"));
  EXPECT_EQ(lines[2], std::string(where, ' ') + "registry");
  EXPECT_EQ(lines[3].substr(where), "services, WMI,");
  EXPECT_EQ(lines[4], std::string(where, ' ') + "C:\\Personality.ini");
}

TEST(FactsTableTest, FitsATerminalForEveryMachine) {
  for (const Machine& machine : Corpus()) {
    auto evidence = EvidenceFromText(machine.evidence, machine.id);
    ASSERT_TRUE(evidence);
    const std::string text = FactsTable(Interpret(*evidence));
    for (std::string_view line : Split(text, '\n')) {
      EXPECT_LE(Columns(line), 80u) << machine.id << ": " << line;
    }
  }
}

}  // namespace
}  // namespace vdiwatch::agent
