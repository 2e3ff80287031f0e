#include "policy/typed_name.h"

#include <gtest/gtest.h>

namespace vdiwatch::policy {
namespace {

TEST(FindUnseen, NamesOfAllPeopleAreFine) {
  for (const char* name : {"", "fin-01", "Zoë Müller", "財務", "Ωμέγα", "отдел",
                           "finance \xF0\x9F\x8F\xA6", "a b", "\xC2\xA9", "\xF0\x91\x82\xBC"}) {
    EXPECT_FALSE(FindUnseen(name)) << name;
  }
}

TEST(FindUnseen, WhatNobodySeesIsFound) {
  EXPECT_EQ(FindUnseen("fin\xE2\x80\x8B"), "U+200B");
  EXPECT_EQ(FindUnseen("\xE2\x80\xAEnif"), "U+202E");
  EXPECT_EQ(FindUnseen("a\xE2\x80\xA9"), "U+2029");
  EXPECT_EQ(FindUnseen("a\xE2\x81\xA6"), "U+2066");
  EXPECT_EQ(FindUnseen("\xEF\xBB\xBF"
                       "a"),
            "U+FEFF");
  EXPECT_EQ(FindUnseen("a\xC2\xAD"
                       "b"),
            "U+00AD");
  EXPECT_EQ(FindUnseen("a\tb"), "U+0009");
  EXPECT_EQ(FindUnseen("a\xC2\x9B"), "U+009B");
  EXPECT_EQ(FindUnseen("a\x7F"), "U+007F");
  EXPECT_EQ(FindUnseen("a\xF3\xA0\x81\xA1"), "U+E0061");
  EXPECT_EQ(UnseenProblem("a pool's name", "\xE2\x80\xAEnif"),
            "a pool's name must not hold the invisible character U+202E");
  EXPECT_FALSE(UnseenProblem("a pool's name", "fin"));
}

}  // namespace
}  // namespace vdiwatch::policy
