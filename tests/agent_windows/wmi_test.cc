#include <gtest/gtest.h>
#include <windows.h>

#include "agent/gather/wmi_value_windows.h"
#include "agent/gather/wmi_windows.h"

namespace vdiwatch::agent {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

std::optional<Missing> Why(const Reading& reading) {
  const auto* missing = std::get_if<MissingReading>(&reading);
  return missing ? std::optional(missing->why) : std::nullopt;
}
std::string State(const Reading& reading) {
  const auto* state = std::get_if<StateReading>(&reading);
  return state ? state->state : "";
}
Reading Ask(const char* name_space, const char* class_name, std::vector<std::string> columns,
            std::size_t max_bytes = 64 << 10) {
  return WmiAnswer::To({name_space, class_name, std::move(columns), max_bytes})
      .Take(steady_clock::now() + seconds(60));
}

VARIANT Variant(VARTYPE type) {
  VARIANT value;
  ::VariantInit(&value);
  value.vt = type;
  return value;
}

TEST(WmiValueTest, ScalarsBecomeJson) {
  VARIANT yes = Variant(VT_BOOL);
  yes.boolVal = VARIANT_TRUE;
  EXPECT_EQ(JsonOfVariant(yes), Json(true));
  VARIANT number = Variant(VT_I4);
  number.lVal = -7;
  EXPECT_EQ(JsonOfVariant(number), Json(-7));
  VARIANT byte = Variant(VT_UI1);
  byte.bVal = 200;
  EXPECT_EQ(JsonOfVariant(byte), Json(200));
  VARIANT text = Variant(VT_BSTR);
  text.bstrVal = ::SysAllocString(L"Süd");
  EXPECT_EQ(JsonOfVariant(text), Json("Süd"));
  ::VariantClear(&text);
}

TEST(WmiValueTest, NothingAndListsBecomeNull) {
  EXPECT_EQ(JsonOfVariant(Variant(VT_NULL)), Json());
  EXPECT_EQ(JsonOfVariant(Variant(VT_EMPTY)), Json());
  EXPECT_EQ(JsonOfVariant(Variant(VT_ARRAY | VT_BSTR)), Json());
  VARIANT none = Variant(VT_BSTR);
  none.bstrVal = nullptr;
  EXPECT_EQ(JsonOfVariant(none), Json(""));
}

TEST(WmiErrorsTest, OnlyAnUnknownClassOrNamespaceIsAbsent) {
  EXPECT_EQ(MissingBecauseOfWmi(static_cast<long>(0x8004100E)).why, Missing::kAbsent);
  EXPECT_EQ(MissingBecauseOfWmi(static_cast<long>(0x80041010)).why, Missing::kAbsent);
  EXPECT_EQ(MissingBecauseOfWmi(static_cast<long>(0x80041003)).why, Missing::kDenied);
  EXPECT_EQ(MissingBecauseOfWmi(static_cast<long>(0x80070005)).why, Missing::kDenied);
  EXPECT_EQ(MissingBecauseOfWmi(static_cast<long>(0x80041002)).why, Missing::kFailed);
  EXPECT_EQ(MissingBecauseOfWmi(static_cast<long>(0x800706BA)).why, Missing::kFailed);
  EXPECT_EQ(MissingBecauseOfWmi(static_cast<long>(0x800706BA)).detail, "WMI error 0x800706ba");
}

TEST(FeatureStateTest, AbsenceMustBeEarned) {
  const Reading rows = RowsReading{Json::parse(
      R"([{"Name":"A","InstallState":1},{"Name":"B","InstallState":2},{"Name":"C","InstallState":3},
          {"Name":"D","InstallState":4},{"Name":"E"}])")};
  EXPECT_EQ(State(FeatureState(rows, "A")), "enabled");
  EXPECT_EQ(State(FeatureState(rows, "B")), "disabled");
  EXPECT_EQ(Why(FeatureState(rows, "C")), Missing::kAbsent);
  EXPECT_EQ(Why(FeatureState(rows, "D")), Missing::kFailed);
  EXPECT_EQ(Why(FeatureState(rows, "E")), Missing::kFailed);
  EXPECT_EQ(Why(FeatureState(rows, "F")), Missing::kAbsent);
  EXPECT_EQ(Why(FeatureState(RowsReading{Json::array()}, "A")), Missing::kFailed);
  EXPECT_EQ(Why(FeatureState(MissingReading{Missing::kAbsent, ""}, "A")), Missing::kFailed);
  EXPECT_EQ(Why(FeatureState(MissingReading{Missing::kDenied, ""}, "A")), Missing::kDenied);
}

// Wine's WMI knows this class, and is asked as Windows' is.
TEST(WmiTest, ReadsThePlannedColumnsAndNoOther) {
  Reading reading = Ask("root\\cimv2", "Win32_OperatingSystem", {"Caption", "BuildNumber", "Nope"});
  const auto* rows = std::get_if<RowsReading>(&reading);
  ASSERT_NE(rows, nullptr) << std::get<MissingReading>(reading).detail;
  ASSERT_EQ(rows->rows.size(), 1u);
  EXPECT_TRUE(rows->rows[0]["BuildNumber"].is_string());
  EXPECT_TRUE(rows->rows[0]["Caption"].is_string());
  EXPECT_EQ(rows->rows[0].size(), 2u);
}

TEST(WmiTest, TooManyBytesFail) {
  EXPECT_EQ(Why(Ask("root\\cimv2", "Win32_OperatingSystem", {"Caption"}, 10)), Missing::kFailed);
}

TEST(WmiTest, AnUnknownNamespaceIsAbsent) {
  EXPECT_EQ(Why(Ask("root\\citrix\\DesktopInformation", "Citrix_VirtualDesktopInfo", {"X"})),
            Missing::kAbsent);
}

TEST(WmiTest, WhoeverDoesNotWaitGetsNoAnswer) {
  Reading reading = WmiAnswer::To(AllFeatures()).Take(steady_clock::now() - seconds(1));
  EXPECT_EQ(Why(reading), Missing::kFailed);
}

}  // namespace
}  // namespace vdiwatch::agent
