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

// What comes after is not even looked at: a long hostile body costs no more than what is allowed.
TEST(ParseJson, StopsAtTheFirstThingThatMustNotBe) {
  const JsonLimits limits{.max_values = 5};
  EXPECT_TRUE(ParseJson(R"({"a":[1,2],"b":{}})", "report", limits));
  EXPECT_EQ(
      ParseJson(R"({"a":[1,2],"b":{},"c":{} and then no JSON)", "report", limits).error().message,
      "report: more than 5 values");
  EXPECT_EQ(ParseJson(R"({"a":{},"a":{} and then no JSON)", "report").error().message,
            "report: the key 'a' is there twice");
  EXPECT_EQ(ParseJson(R"([[[ and then no JSON)", "report", {.max_depth = 2}).error().message,
            "report: nested deeper than 2 levels");
}

TEST(ParseJson, BuildsWhatStandsThere) {
  const std::string text =
      R"({"a":[1,-2,1.5,true,null,"\u20ac",[],{}],"b":{"a":{"a":"c"}},"c":[[{}]]})";
  auto value = ParseJson(text, "report");
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_EQ(*value, Json::parse(text));
  EXPECT_EQ(*ParseJson("7", "report"), Json(7));
  EXPECT_EQ(ParseJson("", "report").error().message, "report: not JSON at byte 1");
  EXPECT_EQ(ParseJson("[1] 2", "report").error().message, "report: not JSON at byte 5");
  EXPECT_EQ(ParseJson("[\"\xff\"]", "report").error().message, "report: not JSON at byte 3");
}

TEST(JsonMember, ANulIsNamed) {
  const auto body = ParseJson(R"({"name":"a\u0000b"})", "body");
  ASSERT_TRUE(body);
  EXPECT_EQ(JsonMember<std::string>(*body, "name").error().message,
            "'name' holds a NUL character; leave it out");
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
