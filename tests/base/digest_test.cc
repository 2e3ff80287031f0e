#include "base/digest.h"

#include <gtest/gtest.h>

#include <set>

namespace vdiwatch {
namespace {

TEST(Digest, MatchesPublishedVectors) {
  // FIPS 180-2 appendix B.1 and RFC 4231 test case 2.
  EXPECT_EQ(DigestText("abc"),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Hex(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Digest, TextIsReadBack) {
  EXPECT_EQ(ParseDigestText(DigestText("abc")), Sha256("abc"));
  EXPECT_FALSE(ParseDigestText("sha256:abc"));
  EXPECT_FALSE(ParseDigestText("md5:" + Hex(Sha256("abc"))));
}

TEST(Base64, RoundTripsEveryLength) {
  for (std::size_t size = 0; size < 70; ++size) {
    std::string bytes = RandomBytes(size);
    EXPECT_EQ(Unbase64(Base64(bytes)), bytes) << size;
    EXPECT_EQ(Unhex(Hex(bytes)), bytes) << size;
  }
  EXPECT_FALSE(Unbase64("abc"));
  EXPECT_FALSE(Unbase64("ab*="));
  EXPECT_FALSE(Unhex("0g"));
}

TEST(RandomId, IsPositiveAndDoesNotRepeat) {
  std::set<std::int64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    std::int64_t id = RandomId();
    EXPECT_GT(id, 0);
    EXPECT_TRUE(seen.insert(id).second);
  }
}

TEST(EqualSecrets, ComparesAll) {
  EXPECT_TRUE(EqualSecrets("abc", "abc"));
  EXPECT_FALSE(EqualSecrets("abc", "abd"));
  EXPECT_FALSE(EqualSecrets("abc", "ab"));
}

}  // namespace
}  // namespace vdiwatch
