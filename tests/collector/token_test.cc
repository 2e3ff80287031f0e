#include "collector/token.h"

#include <gtest/gtest.h>

namespace vdiwatch::collector {
namespace {

const Time kNow = FromUnix(1'800'000'000);

EnrolToken Good() {
  EnrolToken token;
  token.expires_at = kNow + Seconds(60);
  return token;
}

TEST(Token, SaysWhyItIsRefused) {
  EXPECT_TRUE(CheckToken(Good(), "10.0.0.1", kNow));

  EnrolToken expired = Good();
  expired.expires_at = kNow;
  EXPECT_EQ(CheckToken(expired, "10.0.0.1", kNow).error().message,
            "this enrolment token expired at " + FormatTime(kNow));

  EnrolToken revoked = Good();
  revoked.revoked = true;
  EXPECT_EQ(CheckToken(revoked, "10.0.0.1", kNow).error().message,
            "this enrolment token was revoked");

  EnrolToken elsewhere = Good();
  elsewhere.cidr = "10.1.0.0/16";
  EXPECT_EQ(CheckToken(elsewhere, "10.2.0.1", kNow).error().message,
            "this enrolment token is for 10.1.0.0/16 only, not for 10.2.0.1");
  EXPECT_TRUE(CheckToken(elsewhere, "10.1.255.1", kNow));
}

TEST(Cidr, HoldsItsAddressesOnly) {
  EXPECT_TRUE(CidrContains("0.0.0.0/0", "192.0.2.1"));
  EXPECT_TRUE(CidrContains("192.0.2.0/24", "::ffff:192.0.2.9"));
  EXPECT_FALSE(CidrContains("192.0.2.0/24", "192.0.3.9"));
  EXPECT_TRUE(CidrContains("2001:db8::/32", "2001:db8:1::1"));
  EXPECT_FALSE(CidrContains("2001:db8::/32", "192.0.2.1"));
  EXPECT_FALSE(CidrContains("192.0.2.0/24", "not an address"));
}

TEST(Cidr, MistakesAreNamed) {
  EXPECT_TRUE(CheckCidr("10.0.0.0/8"));
  EXPECT_TRUE(CheckCidr("2001:db8::/32"));
  for (const char* text : {"", "10.0.0.0", "10.0.0.0/33", "ten/8", "2001:db8::/129"}) {
    EXPECT_FALSE(CheckCidr(text)) << text;
  }
}

}  // namespace
}  // namespace vdiwatch::collector
