#include "agent/identity.h"

#include <gtest/gtest.h>

#include "agent/openssl.h"
#include "tests/agent/authority.h"

namespace vdiwatch::agent {
namespace {

const Time kNow = FromUnix(1'795'000'000);
constexpr Seconds kDay{24 * 60 * 60};

TEST(IdentityTest, IsAFreshP256KeyWithARequestOverIt) {
  auto one = NewIdentity(), other = NewIdentity();
  ASSERT_TRUE(one && other);
  EXPECT_NE(one->key, other->key);
  EXPECT_FALSE(one->enrolled());
  CsrPtr csr = CsrFromPem(one->csr);
  KeyPtr key = KeyFromPem(one->key);
  ASSERT_TRUE(csr && key);
  EXPECT_EQ(X509_REQ_verify(csr.get(), key.get()), 1);
}

TEST(IdentityTest, TakesItsOwnCertificateOnly) {
  Authority authority;
  auto mine = NewIdentity(), other = NewIdentity();
  std::string certificate = authority.IssueClient(mine->csr, kNow, kNow + kDay);
  auto enrolled = WithCertificate(*mine, certificate);
  ASSERT_TRUE(enrolled) << enrolled.error().message;
  EXPECT_TRUE(enrolled->enrolled());
  EXPECT_FALSE(WithCertificate(*other, certificate));
  EXPECT_FALSE(WithCertificate(*mine, "no certificate"));
}

TEST(IdentityTest, SurvivesItsFile) {
  Authority authority;
  Identity before = *NewIdentity();
  before.pool = "finance vmware";
  auto unenrolled = IdentityFromText(IdentityToText(before), "identity.pem");
  ASSERT_TRUE(unenrolled) << unenrolled.error().message;
  EXPECT_EQ(unenrolled->csr, before.csr) << "a lost answer is asked for with the same request";
  EXPECT_FALSE(unenrolled->enrolled());

  before = *WithCertificate(before, authority.IssueClient(before.csr, kNow, kNow + kDay));
  auto after = IdentityFromText(IdentityToText(before), "identity.pem");
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(after->key, before.key);
  EXPECT_EQ(after->certificate, before.certificate);
  EXPECT_EQ(after->pool, "finance vmware");
}

TEST(IdentityTest, RefusesAFileOfMixedParts) {
  Authority authority;
  Identity one = *NewIdentity(), other = *NewIdentity();
  EXPECT_FALSE(IdentityFromText(one.key + other.csr, "f"));
  std::string foreign = authority.IssueClient(other.csr, kNow, kNow + kDay);
  EXPECT_FALSE(IdentityFromText(one.key + one.csr + foreign, "f"));
  auto empty = IdentityFromText("", "/state/identity.pem");
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().message, "/state/identity.pem: no P-256 key in PEM");
}

TEST(IdentityTest, RefusesAnotherKindOfKey) {
  KeyPtr rsa(EVP_RSA_gen(2048));
  Identity identity = *NewIdentity();
  EXPECT_FALSE(IdentityFromText(PemOf(rsa.get()) + identity.csr, "f"));
}

TEST(IdentityTest, KnowsItsCertificatesLife) {
  Authority authority;
  std::string certificate = authority.IssueClient(NewIdentity()->csr, kNow - 2 * kDay, kNow + kDay);
  auto validity = ValidityOf(certificate);
  ASSERT_TRUE(validity);
  EXPECT_EQ(validity->not_before, kNow - 2 * kDay);
  EXPECT_EQ(validity->not_after, kNow + kDay);
}

TEST(IdentityTest, RenewsWhenAThirdIsLeftOrNothing) {
  Validity validity{kNow, kNow + 30 * kDay};
  EXPECT_FALSE(RenewalDue(validity, kNow));
  EXPECT_FALSE(RenewalDue(validity, kNow + 20 * kDay - Seconds(1)));
  EXPECT_TRUE(RenewalDue(validity, kNow + 20 * kDay));
  EXPECT_TRUE(RenewalDue(validity, kNow + 90 * kDay));
}

}  // namespace
}  // namespace vdiwatch::agent
