#include "base/json.h"

#include <gtest/gtest.h>

namespace vdiwatch {
namespace {

TEST(ParseJson, NamesWhatIsWrong) {
  EXPECT_EQ(ParseJson("{", "report").error().message, "report: not JSON at byte 2");
  EXPECT_EQ(ParseJson(R"({"a":1,"a":2})", "report").error().message,
            "report: the key 'a' is there twice");
  EXPECT_EQ(ParseJson(R"("abc")", "report", {.max_bytes = 3}).error().message,
            "report: 5 bytes, at most 3 are accepted");
}

TEST(ParseJson, RefusesDepthBeforeItBuilds) {
  std::string deep(100'000, '[');
  EXPECT_EQ(ParseJson(deep, "report").error().message, "report: nested deeper than 16 levels");
}

// nlohmann throws another exception for these, which once ended the program.
TEST(ParseJson, RefusesNumbersOutOfRange) {
  for (const std::string& number :
       {std::string("1e999"), std::string("-1e999"), std::string(70'000, '9'),
        "0." + std::string(9, '9') + "e9999"}) {
    EXPECT_EQ(ParseJson("{\"a\":" + number + "}", "report").error().message,
              "report: a number in it is out of range");
  }
  EXPECT_TRUE(ParseJson(R"({"a":18446744073709551615,"b":1e308})", "report"));
}

TEST(ParseJson, BracketsInsideTextAreNoDepth) {
  EXPECT_TRUE(ParseJson(R"({"a":"[[[[[[[[[[[[[[[[[[[[[[\"[["})", "report"));
}

TEST(ParseJson, SameKeyInTwoObjectsIsFine) {
  EXPECT_TRUE(ParseJson(R"([{"a":1},{"a":2}])", "report"));
}

TEST(CanonicalJson, SortsKeysAndLeavesNoBlanks) {
  Json value = Json::parse(R"({"b": [1, true, null], "a": "x\u000a\u20ac"})");
  EXPECT_EQ(CanonicalJson(value), "{\"a\":\"x\\n€\",\"b\":[1,true,null]}");
}

TEST(JsonMember, ErrorsNameTheMember) {
  Json object = Json::parse(R"({"n": 1.5, "t": "abc", "b": 1})");
  EXPECT_EQ(JsonMember<std::int64_t>(object, "n").error().message, "'n' must be a whole number");
  EXPECT_EQ(JsonMember<std::string>(object, "t", 2).error().message, "'t' is longer than 2 bytes");
  EXPECT_EQ(JsonMember<bool>(object, "b").error().message, "'b' must be true or false");
  EXPECT_EQ(JsonMember<bool>(object, "c").error().message, "'c' is missing");
  EXPECT_EQ(*JsonMemberOr<bool>(object, "c", true), true);
}

}  // namespace
}  // namespace vdiwatch
