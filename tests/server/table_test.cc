#include "server/table.h"

#include <gtest/gtest.h>

namespace vdiwatch::server {
namespace {

Table Pools() {
  return {
      {"GRADE", "POOL", "WHY"},
      {{{"noncompliant"}, {"xen"}, {"38 of 40 desktops run on a hypervisor that nobody supports"}},
       {{"compliant"}, {"finance"}, {""}}}};
}

TEST(TableTest, ColumnsLineUpAndTheLastOneWraps) {
  EXPECT_EQ(Render(Pools(), 65, false),
            "GRADE         POOL     WHY\n"
            "noncompliant  xen      38 of 40 desktops run on a hypervisor that\n"
            "                       nobody supports\n"
            "compliant     finance\n");
}

TEST(TableTest, ALastColumnWithoutRoomStandsBelow) {
  EXPECT_EQ(Render(Pools(), 45, false),
            "GRADE         POOL\n"
            "    WHY\n"
            "noncompliant  xen\n"
            "    38 of 40 desktops run on a hypervisor\n"
            "    that nobody supports\n"
            "compliant     finance\n");
}

TEST(TableTest, OneMonsterOfANameMovesItsOwnRowAlone) {
  const std::string monster(255, 'm');
  EXPECT_EQ(Render({{"HOST", "GRADE", "POOL"},
                    {{{"vm-1"}, {"compliant"}, {"citrix"}}, {{monster}, {"unknown"}, {"xen"}}}},
                   80, false),
            "HOST  GRADE      POOL\n"
            "vm-1  compliant  citrix\n" +
                monster +
                "  unknown\n"
                "    xen\n");
}

TEST(TableTest, WithoutAHeaderThereIsNone) {
  EXPECT_EQ(Render({{}, {{{"Docker"}, {"required"}}, {{"Site"}, {"Leeds"}}}}, 80, false),
            "Docker  required\nSite    Leeds\n");
  EXPECT_EQ(Render({}, 80, false), "");
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
