#include "server/compliance/csv.h"

#include <gtest/gtest.h>

#include "server/compliance/sheets.h"

namespace vdiwatch::server::compliance {
namespace {

TEST(CsvField, QuotesEveryText) {
  EXPECT_EQ(CsvField(""), "");
  EXPECT_EQ(CsvField("fin-01"), "\"fin-01\"");
  EXPECT_EQ(CsvField("say \"hi\", you"), "\"say \"\"hi\"\", you\"");
  EXPECT_EQ(CsvField("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(CsvField("1-2 = -1; fine"), "\"1-2 = -1; fine\"");
}

TEST(CsvField, NothingBeginsLikeAFormula) {
  for (const char* text : {"=1+1", "@SUM(A1)", "-2", "+1", "\rx", "\nx", "  =1", "\xC2\xA0=1",
                           "\xE3\x80\x80=1", "\xE2\x80\x8B=1", "\xEF\xBB\xBF=1",
                           "\xEF\xBC\x9D"
                           "1",
                           "\xEF\xBC\x8B"
                           "1",
                           "\xEF\xBC\x8D"
                           "1",
                           " \xEF\xBC\xA0SUM(A1)"}) {
    EXPECT_EQ(CsvField(text), "\"'" + std::string(text) + "\"");
  }
  EXPECT_EQ(CsvField("\"=1"), "\"'\"\"=1\"") << "a program may take the quotes away";
}

// Excel splits on ';' where a comma is what stands before decimals, whatever the quotes say.
TEST(CsvField, NorWhatAProgramCutsOutOfIt) {
  EXPECT_EQ(CsvField("a;=1"), "\"a;'=1\"");
  EXPECT_EQ(CsvField("a; -1; b"), "\"a;' -1; b\"");
  EXPECT_EQ(CsvField("\t=1"), "\"'\t'=1\"") << "in front, and in the cell after the tab";
  EXPECT_EQ(CsvField("a\t+1"), "\"a\t'+1\"");
  EXPECT_EQ(CsvField("a\r\n@b"), "\"a\r\n'@b\"");
  EXPECT_EQ(CsvField("a;\"=1\""), "\"a;'\"\"=1\"\"\"");
  EXPECT_EQ(CsvField("a;\xEF\xBC\x9D"
                     "1"),
            "\"a;'\xEF\xBC\x9D"
            "1\"");
}

TEST(ToCsv, NumbersStayNumbers) {
  const Sheet sheet{"x", {{"a"}, {"b"}}, {{"=1", std::int64_t{-5}}, {"", 2.5}}};
  EXPECT_EQ(ToCsv(sheet), "a,b\r\n\"'=1\",-5\r\n,2.5\r\n");
}

}  // namespace
}  // namespace vdiwatch::server::compliance
