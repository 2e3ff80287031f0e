#include "server/table.h"

#include <gtest/gtest.h>

namespace vdiwatch::server {
namespace {

TEST(TableTest, ColumnsLineUpAndTheLastOneWraps) {
  const Table table{{"GRADE", "POOL", "WHY"},
                    {{{"noncompliant"}, {"xen"}, {"38 of 40 desktops run on a hypervisor"}},
                     {{"compliant"}, {"finance"}, {""}}}};
  EXPECT_EQ(Render(table, 45, false),
            "GRADE         POOL     WHY\n"
            "noncompliant  xen      38 of 40 desktops run\n"
            "                       on a hypervisor\n"
            "compliant     finance\n");
}

TEST(TableTest, ColorIsForTerminalsAlone) {
  const Table table{{"GRADE"}, {{{"noncompliant", Tint::kBad}}}};
  EXPECT_EQ(Render(table, 80, false).find('\x1b'), std::string::npos);
  EXPECT_NE(Render(table, 80, true).find("\x1b[1;31mnoncompliant\x1b[0m"), std::string::npos);
}

TEST(TableTest, WidthCountsCharactersNotBytes) {
  EXPECT_EQ(TextWidth("Müller"), 6u);
  EXPECT_EQ(Wrap("aä bö c", 5), (std::vector<std::string>{"aä bö", "c"}));
  EXPECT_EQ(Wrap("unbreakable", 3), (std::vector<std::string>{"unbreakable"}));
  EXPECT_TRUE(Wrap("  ", 10).empty());
}

}  // namespace
}  // namespace vdiwatch::server
