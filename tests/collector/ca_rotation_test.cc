#include "collector/ca_rotation.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/digest.h"
#include "base/file.h"
#include "collector/ca.h"
#include "collector/ca_files.h"

namespace vdiwatch::collector {
namespace {

namespace fs = std::filesystem;

constexpr Time kNow = Time(Seconds(1'790'000'000));
constexpr Seconds kDay{24 * 60 * 60};
constexpr const char* kPassphrase = "correct horse battery";

class CaRotation : public testing::Test {
 protected:
  CaRotation() : folder_(fs::temp_directory_path() / ("ca-test-" + Hex(RandomBytes(8)))) {}
  ~CaRotation() override { fs::remove_all(folder_); }

  std::string Text(const char* name) const { return *ReadFile(folder_ / name, 1 << 16); }
  std::size_t Authorities(const Ca& ca) const {
    return ReadCertificates(ca.bundle(), "bundle")->size();
  }
  // Whether the authority in this PEM signed the certificate.
  static bool Signed(const std::string& authority, const std::string& certificate) {
    CertificatePtr ca = std::move(ReadCertificates(authority, "ca")->front());
    CertificatePtr made = std::move(ReadCertificates(certificate, "made")->front());
    return X509_verify(made.get(), X509_get0_pubkey(ca.get())) == 1;
  }
  static CheckedCsr SomeCsr() {
    KeyPtr key = NewKey();
    CsrPtr csr(X509_REQ_new());
    X509_REQ_set_pubkey(csr.get(), key.get());
    X509_REQ_sign(csr.get(), key.get(), EVP_sha256());
    return *CheckCsr(ToPem(csr.get()));
  }

  const fs::path folder_;
};

TEST_F(CaRotation, KeysAreEncryptedUnderThePassphrase) {
  auto made = Ca::OpenOrCreate(folder_, kNow, kPassphrase);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(Text("ca.key").starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
  auto again = Ca::OpenOrCreate(folder_, kNow, kPassphrase);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->certificate(), made->certificate());

  auto without = Ca::OpenOrCreate(folder_, kNow);
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().kind, ErrorKind::kDenied);
  EXPECT_NE(without.error().message.find("ca.key_passphrase_file"), std::string::npos);
  auto wrong = Ca::OpenOrCreate(folder_, kNow, "incorrect horse");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, ErrorKind::kDenied);
}

TEST_F(CaRotation, APassphraseThatComesLaterEncryptsTheKey) {
  auto plain = Ca::OpenOrCreate(folder_, kNow);
  ASSERT_TRUE(plain);
  EXPECT_TRUE(Text("ca.key").starts_with("-----BEGIN PRIVATE KEY-----"));
  auto sealed = Ca::OpenOrCreate(folder_, kNow, kPassphrase);
  ASSERT_TRUE(sealed) << sealed.error().message;
  EXPECT_EQ(sealed->certificate(), plain->certificate());
  EXPECT_TRUE(IsEncryptedKey(Text("ca.key")));
  EXPECT_EQ(fs::status(folder_ / "ca.key").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(CaRotation, ThePassphraseFileIsForOneAccount) {
  fs::create_directories(folder_);
  fs::path file = folder_ / "passphrase";
  ASSERT_TRUE(WriteFile(file, std::string(kPassphrase) + "\n", FileMode::kPrivate));
  EXPECT_EQ(*ReadPassphrase(file), kPassphrase);
  fs::permissions(file, fs::perms::others_read, fs::perm_options::add);
  EXPECT_EQ(ReadPassphrase(file).error().kind, ErrorKind::kDenied);
  ASSERT_TRUE(WriteFile(file, "short\n", FileMode::kPrivate));
  EXPECT_EQ(ReadPassphrase(file).error().kind, ErrorKind::kInvalid);
}

TEST_F(CaRotation, BothAuthoritiesAreTrustedAndTheNextOneSignsAgents) {
  auto before = Ca::OpenOrCreate(folder_, kNow, kPassphrase);
  ASSERT_TRUE(before);
  EXPECT_EQ(Authorities(*before), 1u);
  auto next = BeginRotation(folder_, kNow + kDay, kPassphrase);
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_EQ(BeginRotation(folder_, kNow, kPassphrase).error().kind, ErrorKind::kConflict);
  EXPECT_TRUE(IsEncryptedKey(Text("next.key")));

  auto during = Ca::OpenOrCreate(folder_, kNow, kPassphrase);
  ASSERT_TRUE(during) << during.error().message;
  EXPECT_EQ(during->certificate(), before->certificate());
  EXPECT_EQ(Authorities(*during), 2u);
  std::string client = *during->IssueClient(SomeCsr(), "a", kNow, kDay);
  std::string server = during->IssueServer({"127.0.0.1"}, kNow, kDay)->certificate;
  EXPECT_TRUE(Signed(Text("next.pem"), client));
  EXPECT_TRUE(Signed(Text("ca.pem"), server)) << "agents that know only that one must get through";
}

TEST_F(CaRotation, TheNextAuthorityTakesOverAndTheFormersKeyIsGone) {
  ASSERT_TRUE(Ca::OpenOrCreate(folder_, kNow));
  EXPECT_NE(RetireAuthority(folder_, "").error().message.find("no rotation is under way"),
            std::string::npos);
  std::string former_key = Text("ca.key"), former = Text("ca.pem");
  ASSERT_TRUE(BeginRotation(folder_, kNow, ""));
  std::string next = Text("next.pem");
  EXPECT_FALSE(*RotationInUseSince(folder_));
  EXPECT_NE(RetireAuthority(folder_, "").error().message.find("no daemon has used"),
            std::string::npos);
  ASSERT_TRUE(NoteRotationInUse(folder_, kNow + kDay));
  ASSERT_TRUE(NoteRotationInUse(folder_, kNow + 2 * kDay));
  EXPECT_EQ(**RotationInUseSince(folder_), kNow + kDay) << "the first time";

  auto retired = RetireAuthority(folder_, "");
  ASSERT_TRUE(retired) << retired.error().message;
  auto after = Ca::OpenOrCreate(folder_, kNow);
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(after->certificate(), next);
  EXPECT_EQ(Authorities(*after), 1u);
  EXPECT_NE(Text("ca.key"), former_key);
  EXPECT_FALSE(*RotationInUseSince(folder_));
  auto all = ListAuthorities(folder_);
  ASSERT_TRUE(all) << all.error().message;
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].role, "present");
  EXPECT_EQ((*all)[1].role, "retired");
  EXPECT_EQ((*all)[1].fingerprint, retired->fingerprint);
  for (const auto& entry : fs::directory_iterator(folder_)) {
    EXPECT_NE(*ReadFile(entry.path(), 1 << 16), former_key) << entry.path();
  }
}

TEST_F(CaRotation, AnotherPassphraseBeginsAndEndsNothing) {
  ASSERT_TRUE(Ca::OpenOrCreate(folder_, kNow, kPassphrase));
  auto mistyped = BeginRotation(folder_, kNow, "correct horse batterie");
  ASSERT_FALSE(mistyped);
  EXPECT_EQ(mistyped.error().kind, ErrorKind::kDenied);
  EXPECT_FALSE(fs::exists(folder_ / "next.key"));
  ASSERT_TRUE(BeginRotation(folder_, kNow, kPassphrase));
  ASSERT_TRUE(NoteRotationInUse(folder_, kNow));
  std::string former_key = Text("ca.key");
  EXPECT_EQ(RetireAuthority(folder_, "correct horse batterie").error().kind, ErrorKind::kDenied);
  EXPECT_EQ(Text("ca.key"), former_key);
  EXPECT_TRUE(Ca::OpenOrCreate(folder_, kNow, kPassphrase));
}

TEST_F(CaRotation, ANextAuthorityThatNobodyUsedCanBeDropped) {
  ASSERT_TRUE(Ca::OpenOrCreate(folder_, kNow, kPassphrase));
  EXPECT_EQ(AbortRotation(folder_).error().kind, ErrorKind::kConflict);
  std::string present = Text("ca.pem");
  // As a release left it that did not look at the passphrase.
  ASSERT_TRUE(MakeAuthorityKey(folder_ / "next.key", "correct horse batterie"));
  EXPECT_FALSE(Ca::OpenOrCreate(folder_, kNow, kPassphrase));
  auto dropped = AbortRotation(folder_);
  ASSERT_TRUE(dropped) << dropped.error().message;
  ASSERT_TRUE(BeginRotation(folder_, kNow, kPassphrase));
  std::string next = ListAuthorities(folder_)->at(1).fingerprint;
  EXPECT_EQ(AbortRotation(folder_)->fingerprint, next);
  auto opened = Ca::OpenOrCreate(folder_, kNow, kPassphrase);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->bundle(), present);

  ASSERT_TRUE(BeginRotation(folder_, kNow, kPassphrase));
  ASSERT_TRUE(NoteRotationInUse(folder_, kNow));
  EXPECT_EQ(AbortRotation(folder_).error().kind, ErrorKind::kConflict);
}

TEST_F(CaRotation, ARetirementThatWasCutOffIsCompleted) {
  ASSERT_TRUE(Ca::OpenOrCreate(folder_, kNow));
  ASSERT_TRUE(BeginRotation(folder_, kNow, ""));
  std::string next = Text("next.pem");
  fs::rename(folder_ / "next.key", folder_ / "ca.key");  // and then the power went
  auto opened = Ca::OpenOrCreate(folder_, kNow);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->certificate(), next);
  EXPECT_FALSE(fs::exists(folder_ / "next.pem"));
}

}  // namespace
}  // namespace vdiwatch::collector
