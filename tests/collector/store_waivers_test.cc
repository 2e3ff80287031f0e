// The contract of waivers in profiles, and of the policy sets that verdicts refer to.

#include <algorithm>

#include "base/digest.h"
#include "tests/collector/store_contract.h"

namespace vdiwatch::collector {
namespace {

using policy::Grade;

Profile Waived(Profile profile) {
  profile.digest = Sha256(profile.digest);
  profile.waivers = {"a-waiver", "b"};
  return profile;
}

TEST_P(StoreContract, AProfileKeepsItsWaivers) {
  std::int64_t pool = PoolId("a");
  Profile plain = AddProfile(pool, "x", Grade::kCompliant);
  Changes changes;
  changes.profiles = {Waived(plain)};
  ASSERT_OK(db_.store->Commit(changes));
  auto profiles = db_.store->Profiles();
  ASSERT_OK(profiles);
  ASSERT_EQ(profiles->size(), 2u);
  EXPECT_EQ(profiles->at(0).waivers, std::vector<std::string>());
  EXPECT_EQ(profiles->at(1).waivers, (std::vector<std::string>{"a-waiver", "b"}));
  Profile waived = Waived(plain);
  AddDesktop("fin-01", pool, &waived);
  EXPECT_EQ(db_.reader->PoolProfiles(pool)->at(0).profile.waivers, waived.waivers);
}

TEST_P(StoreContract, FindsTheDesktopsThatWaiversCanMove) {
  std::int64_t pool = PoolId("a");
  Profile plain = AddProfile(pool, "x", Grade::kCompliant);
  Profile waived = Waived(plain);
  Changes changes;
  changes.profiles = {waived};
  ASSERT_OK(db_.store->Commit(changes));
  Desktop named = AddDesktop("named", pool, &plain);
  Desktop by_id = AddDesktop("by-id", pool, &plain);
  Desktop already = AddDesktop("already", pool, &waived);
  AddDesktop("other", pool, &plain);
  Desktop gone = MakeDesktop("named", pool);
  gone.slot = "elsewhere";
  gone.presence = Presence::kRetired;
  Save(gone);

  std::vector<std::string> names = {"named", IdText(by_id.id), "already", "nobody"};
  auto found = db_.store->DesktopsToWaive(names);
  ASSERT_OK(found);
  std::vector<std::int64_t> ids, expected = {named.id, by_id.id, already.id};
  for (const auto& desktop : *found) ids.push_back(desktop.id);
  std::ranges::sort(expected);
  EXPECT_EQ(ids, expected);
  auto without = db_.store->DesktopsToWaive({});
  ASSERT_OK(without);
  ASSERT_EQ(without->size(), 1u);
  ExpectEqual(without->at(0), Stored(already.id));
}

TEST_P(StoreContract, APolicySetIsReadBackByItsDigest) {
  std::string later = DigestText("another");
  ASSERT_OK(db_.store->SavePolicySet(later, R"({"a.yaml":"pools: []"})", kStart + kHour));
  auto sets = db_.reader->PolicySets(10);
  ASSERT_OK(sets);
  ASSERT_EQ(sets->size(), 2u);
  EXPECT_EQ(sets->at(0).digest, later);
  EXPECT_EQ(sets->at(0).at, kStart + kHour);
  EXPECT_EQ(sets->at(1).digest, policy_);
  EXPECT_EQ(db_.reader->PolicySets(1)->size(), 1u);
  auto read = db_.reader->PolicySetByDigest(later);
  ASSERT_OK(read);
  EXPECT_EQ(read->files, R"({"a.yaml":"pools: []"})");
  EXPECT_EQ(read->at, kStart + kHour);
  EXPECT_FAILS(db_.reader->PolicySetByDigest(DigestText("none")), kNotFound);
  EXPECT_FAILS(db_.reader->PolicySetByDigest("none"), kInvalid);
}

TEST_P(StoreContract, VerdictsAndTurnsNameTheirPolicySet) {
  std::int64_t pool = PoolId("a");
  Profile profile = AddProfile(pool, "x", Grade::kCompliant);
  Desktop desktop = AddDesktop("fin-01", pool, &profile);
  std::string later = DigestText("another");
  ASSERT_OK(db_.store->SavePolicySet(later, "{}", kStart + kHour));
  ProfileVerdict verdict{profile.digest, Grade::kNoncompliant, R"({"grade":"noncompliant"})", {}};
  ASSERT_OK(db_.store->CommitVerdicts({&verdict, 1}, later, kStart + kHour));
  EXPECT_EQ(db_.reader->DesktopById(desktop.id)->policy, later);
  auto turns = db_.reader->TransitionsOf(desktop.id, 10);
  ASSERT_OK(turns);
  ASSERT_EQ(turns->size(), 2u);
  EXPECT_EQ(turns->at(0).policy, later);
  EXPECT_EQ(turns->at(1).policy, policy_);
  EXPECT_EQ(db_.reader->DesktopById(AddDesktop("fresh", pool, nullptr).id)->policy, "");
}

}  // namespace
}  // namespace vdiwatch::collector
