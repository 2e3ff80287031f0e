#include "collector/ca.h"

#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include <filesystem>

#include "base/digest.h"
#include "base/file.h"
#include "collector/tls_certificate.h"
#include "collector/tls_pem.h"

namespace vdiwatch::collector {
namespace {

namespace fs = std::filesystem;

constexpr Time kNow = Time(Seconds(1'790'000'000));
constexpr Seconds kDay{24 * 60 * 60};

class CaTest : public testing::Test {
 protected:
  CaTest() : folder_(fs::temp_directory_path() / ("ca-test-" + Hex(RandomBytes(8)))) {}
  ~CaTest() override { fs::remove_all(folder_); }

  fs::path File(const char* name) const { return folder_ / name; }

  const fs::path folder_;
};

std::string CsrOf(EVP_PKEY* key, EVP_PKEY* signer) {
  CsrPtr csr(X509_REQ_new());
  X509_REQ_set_pubkey(csr.get(), key);
  EXPECT_GT(X509_REQ_sign(csr.get(), signer, EVP_sha256()), 0);
  return ToPem(csr.get());
}
std::string CsrOf(EVP_PKEY* key) { return CsrOf(key, key); }

CertificatePtr Read(std::string_view pem) {
  auto found = ReadCertificates(pem, "test");
  EXPECT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->size(), 1u);
  return std::move(found->front());
}

// What OpenSSL itself says of the certificate under this CA, for this purpose, at kNow.
int Verify(const std::string& ca, X509* certificate, int purpose) {
  std::unique_ptr<X509_STORE, FreeBy<X509_STORE_free>> store(X509_STORE_new());
  CertificatePtr authority = Read(ca);
  X509_STORE_add_cert(store.get(), authority.get());
  std::unique_ptr<X509_STORE_CTX, FreeBy<X509_STORE_CTX_free>> context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), certificate, nullptr);
  X509_STORE_CTX_set_time(context.get(), X509_V_FLAG_X509_STRICT, ToUnix(kNow));
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_X509_STRICT);
  X509_STORE_CTX_set_purpose(context.get(), purpose);
  X509_verify_cert(context.get());
  return X509_STORE_CTX_get_error(context.get());
}

TEST_F(CaTest, MakesItsFilesOnceAndOpensThemAgain) {
  auto made = Ca::OpenOrCreate(folder_, kNow);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(fs::status(File("ca.key")).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_NE(fs::status(File("ca.pem")).permissions() & fs::perms::others_read, fs::perms::none);

  auto opened = Ca::OpenOrCreate(folder_, kNow + kDay);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->certificate(), made->certificate());
}

TEST_F(CaTest, CertificateIsThatOfAnAuthorityForTenYears) {
  auto ca = Ca::OpenOrCreate(folder_, kNow);
  ASSERT_TRUE(ca);
  CertificatePtr certificate = Read(ca->certificate());
  EXPECT_EQ(X509_get_pathlen(certificate.get()), 0);
  EXPECT_EQ(X509_get_key_usage(certificate.get()), uint32_t(KU_KEY_CERT_SIGN | KU_CRL_SIGN));
  EXPECT_EQ(ToTime(X509_get0_notBefore(certificate.get())), kNow - 2 * kDay);
  EXPECT_GE(ToTime(X509_get0_notAfter(certificate.get())), kNow + 3650 * kDay);
}

TEST_F(CaTest, KeyWithoutCertificateGetsOneThatVouchesForWhatWasSigned) {
  auto first = Ca::OpenOrCreate(folder_, kNow);
  ASSERT_TRUE(first);
  auto server = first->IssueServer({"localhost"}, kNow, kDay);
  ASSERT_TRUE(server);
  fs::remove(File("ca.pem"));
  auto again = Ca::OpenOrCreate(folder_, kNow);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(Verify(again->certificate(), Read(server->certificate).get(), X509_PURPOSE_SSL_SERVER),
            X509_V_OK);
}

TEST_F(CaTest, ErrorsNameTheFile) {
  ASSERT_TRUE(Ca::OpenOrCreate(folder_, kNow));
  fs::remove(File("ca.key"));
  auto without_key = Ca::OpenOrCreate(folder_, kNow);
  ASSERT_FALSE(without_key);
  EXPECT_EQ(without_key.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(without_key.error().message.find(File("ca.key").string()), std::string::npos);

  ASSERT_TRUE(WriteFile(File("ca.key"), ToPem(NewKey().get()), FileMode::kPrivate));
  auto foreign = Ca::OpenOrCreate(folder_, kNow);
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().message,
            File("ca.pem").string() + " does not belong to the key beside it");

  ASSERT_TRUE(WriteFile(File("ca.key"), "garbage", FileMode::kPrivate));
  auto damaged = Ca::OpenOrCreate(folder_, kNow);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(
      damaged.error().message.starts_with(File("ca.key").string() + " holds no private key"))
      << damaged.error().message;

  fs::permissions(File("ca.key"), fs::perms::others_read, fs::perm_options::add);
  auto open = Ca::OpenOrCreate(folder_, kNow);
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().message,
            File("ca.key").string() + " is open to other users: its mode must be 0600");
}

TEST_F(CaTest, ClientCertificateIsForClientsAloneAndStartsInThePast) {
  auto ca = Ca::OpenOrCreate(folder_, kNow);
  ASSERT_TRUE(ca);
  KeyPtr key = NewKey();
  auto csr = CheckCsr(CsrOf(key.get()));
  ASSERT_TRUE(csr) << csr.error().message;
  EXPECT_EQ(csr->key, Sha256(KeyDer(key.get())));

  auto pem = ca->IssueClient(*csr, "a42", kNow, 14 * kDay);
  ASSERT_TRUE(pem) << pem.error().message;
  CertificatePtr made = Read(*pem);
  EXPECT_EQ(Verify(ca->certificate(), made.get(), X509_PURPOSE_SSL_CLIENT), X509_V_OK);
  EXPECT_EQ(Verify(ca->certificate(), made.get(), X509_PURPOSE_SSL_SERVER),
            X509_V_ERR_INVALID_PURPOSE);
  EXPECT_EQ(ToTime(X509_get0_notBefore(made.get())), kNow - 2 * kDay);
  EXPECT_EQ(ToTime(X509_get0_notAfter(made.get())), kNow + 14 * kDay);
  EXPECT_EQ(Sha256(KeyDer(X509_get_X509_PUBKEY(made.get()))), csr->key);
  char name[65] = "";
  X509_NAME_get_text_by_NID(X509_get_subject_name(made.get()), NID_commonName, name, sizeof name);
  EXPECT_STREQ(name, "a42");
}

TEST_F(CaTest, SerialNumbersAreRandomAndLong) {
  auto ca = Ca::OpenOrCreate(folder_, kNow);
  ASSERT_TRUE(ca);
  auto csr = CheckCsr(CsrOf(NewKey().get()));
  ASSERT_TRUE(csr);
  CertificatePtr one = Read(*ca->IssueClient(*csr, "a", kNow, kDay));
  CertificatePtr two = Read(*ca->IssueClient(*csr, "a", kNow, kDay));
  EXPECT_EQ(X509_get0_serialNumber(one.get())->length, 16);
  EXPECT_NE(ASN1_INTEGER_cmp(X509_get0_serialNumber(one.get()), X509_get0_serialNumber(two.get())),
            0);
}

TEST_F(CaTest, TooLongNameIsRefused) {
  auto ca = Ca::OpenOrCreate(folder_, kNow);
  ASSERT_TRUE(ca);
  auto csr = CheckCsr(CsrOf(NewKey().get()));
  ASSERT_TRUE(csr);
  EXPECT_FALSE(ca->IssueClient(*csr, std::string(65, 'a'), kNow, kDay));
}

TEST_F(CaTest, ServerCertificateHoldsNamesAndAddresses) {
  auto ca = Ca::OpenOrCreate(folder_, kNow);
  ASSERT_TRUE(ca);
  auto pair = ca->IssueServer({"vdi.corp.example", "127.0.0.1", "::1"}, kNow, 90 * kDay);
  ASSERT_TRUE(pair) << pair.error().message;
  CertificatePtr made = Read(pair->certificate);
  EXPECT_EQ(Verify(ca->certificate(), made.get(), X509_PURPOSE_SSL_SERVER), X509_V_OK);
  EXPECT_EQ(Verify(ca->certificate(), made.get(), X509_PURPOSE_SSL_CLIENT),
            X509_V_ERR_INVALID_PURPOSE);
  EXPECT_EQ(X509_check_host(made.get(), "vdi.corp.example", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(made.get(), "other.example", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(made.get(), "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(made.get(), "::1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(made.get(), "127.0.0.2", 0), 0);
  auto key = ReadKey(pair->key, "key");
  ASSERT_TRUE(key);
  EXPECT_EQ(X509_check_private_key(made.get(), key->get()), 1);
}

TEST_F(CaTest, NameThatIsNoNameIsRefused) {
  auto ca = Ca::OpenOrCreate(folder_, kNow);
  ASSERT_TRUE(ca);
  auto pair = ca->IssueServer({"good.example", "bad name, IP:10.0.0.1"}, kNow, kDay);
  ASSERT_FALSE(pair);
  EXPECT_EQ(pair.error().message,
            "'bad name, IP:10.0.0.1' is neither a DNS name nor an IP address");
}

TEST(CheckCsr, RefusesOtherKeys) {
  KeyPtr p384(EVP_EC_gen("P-384"));
  EXPECT_EQ(CheckCsr(CsrOf(p384.get())).error().message,
            "the certificate request's key is not a P-256 key");
  KeyPtr rsa(EVP_RSA_gen(2048));
  EXPECT_FALSE(CheckCsr(CsrOf(rsa.get())));
  KeyPtr compressed = NewKey();
  EVP_PKEY_set_utf8_string_param(compressed.get(), "point-format", "compressed");
  EXPECT_FALSE(CheckCsr(CsrOf(compressed.get())));
}

TEST(CheckCsr, RefusesAnothersSignature) {
  KeyPtr key = NewKey();
  KeyPtr thief = NewKey();
  EXPECT_EQ(CheckCsr(CsrOf(key.get(), thief.get())).error().message,
            "the certificate request is not signed by its own key");
}

TEST(CheckCsr, RefusesWhatIsNoRequest) {
  EXPECT_FALSE(CheckCsr(""));
  EXPECT_FALSE(
      CheckCsr("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"));
  EXPECT_EQ(CheckCsr(std::string(5000, 'A')).error().message,
            "the certificate request is over 4096 bytes");
}

}  // namespace
}  // namespace vdiwatch::collector
