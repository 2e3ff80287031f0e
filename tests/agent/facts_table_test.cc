#include "agent/facts_table.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace vdiwatch::agent {
namespace {

TEST(FactsTableTest, SaysWhatAndWhereInWordsOfAHelpDesk) {
  Facts facts = {
      {"platform.kind", Known("vmware", {"cpuid:40000000", "smbios:system.product"})},
      {"platform.runs_own_hypervisor", Known(true, {"cpuid:40000003"})},
      {"memory.total_mib", Known(std::int64_t{16384}, {"api:installed_memory_kib"})},
      {"azure.vm_size", Unknown(Missing::kAbsent)},
      {"wsl.version", Unknown(Missing::kDenied, {"registry:X", "a", "b", "c", "d"})},
  };
  std::string text = FactsTable(facts);
  auto lines = Split(text, '\n');
  ASSERT_EQ(lines.size(), 7u);  // a heading, five facts, and what follows the last line's end
  std::size_t value = lines[0].find("VALUE"), where = lines[0].find("WHERE");
  EXPECT_EQ(lines[1].substr(0, 13), "platform.kind");
  EXPECT_EQ(lines[1].substr(value, 6), "vmware");
  EXPECT_EQ(lines[1].substr(where), "cpuid:40000000, smbios:system.product");
  EXPECT_EQ(lines[2].substr(value, 3), "yes");
  EXPECT_EQ(lines[3].substr(value, 9), "16384 MiB");
  EXPECT_NE(text.find("not there"), std::string::npos);
  EXPECT_NE(text.find("access denied"), std::string::npos);
  EXPECT_NE(text.find("registry:X, a, b and 2 more"), std::string::npos);
}

}  // namespace
}  // namespace vdiwatch::agent
