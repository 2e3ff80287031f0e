// The contract of what Store reads about agents: known incarnations, candidates, takeovers.

#include "base/digest.h"
#include "tests/collector/store_contract.h"

namespace vdiwatch::collector {
namespace {

using policy::Grade;

std::vector<std::int64_t> Ids(const Result<std::vector<Candidate>>& candidates) {
  std::vector<std::int64_t> ids;
  EXPECT_TRUE(candidates.has_value());
  if (!candidates) return ids;
  for (const auto& candidate : *candidates) ids.push_back(candidate.desktop.id);
  return ids;
}

TEST_P(StoreContract, FindsSeveralIncarnationsInTheOrderAsked) {
  std::int64_t pool = PoolId("a");
  Profile profile = AddProfile(pool, "good", Grade::kCompliant);
  Desktop one = AddDesktop("vm-1", pool, &profile), two = AddDesktop("vm-2", pool, nullptr);
  Incarnation first = db_.reader->IncarnationsOf(one.id)->front();
  Incarnation second = db_.reader->IncarnationsOf(two.id)->front();
  std::vector<IncarnationQuery> queries = {{second.key, "", DigestText("nothing")},
                                           {Sha256("stranger"), profile.facts_digest, ""},
                                           {first.key, DigestText("nothing"), ""}};
  auto known = db_.store->FindIncarnations(queries);
  ASSERT_OK(known);
  ASSERT_EQ(known->size(), 3u);
  EXPECT_EQ((*known)[0].desktop->id, two.id);
  EXPECT_FALSE((*known)[0].has_facts || (*known)[0].has_readings);
  EXPECT_FALSE((*known)[1].incarnation || (*known)[1].desktop);
  EXPECT_TRUE((*known)[1].has_facts);
  ExpectEqual(*(*known)[2].incarnation, first);
  EXPECT_FALSE((*known)[2].has_facts);
}

TEST_P(StoreContract, FindsOneDesktopWithWhoeverSpeaksForIt) {
  Desktop desktop = AddDesktop("vm-1", PoolId("a"), nullptr);
  Incarnation over = db_.reader->IncarnationsOf(desktop.id)->front();
  Incarnation live = over;
  live.id = RandomId();
  live.key = Sha256("another");
  over.state = IncarnationState::kSuperseded;
  Changes changes;
  changes.incarnations = {over, live};
  ASSERT_OK(db_.store->Commit(changes));
  auto found = db_.store->FindCandidate(desktop.id);
  ASSERT_OK(found);
  ASSERT_TRUE(*found);
  EXPECT_EQ((*found)->desktop.id, desktop.id);
  ASSERT_EQ((*found)->incarnations.size(), 1u);
  EXPECT_EQ((*found)->incarnations[0].id, live.id);
  EXPECT_FALSE(*db_.store->FindCandidate(desktop.id + 1));
}

TEST_P(StoreContract, CountsCertificatesThatEndInTime) {
  std::int64_t pool = PoolId("a");
  Desktop desktop = AddDesktop("vm-1", pool, nullptr);
  Time end = db_.reader->IncarnationsOf(desktop.id)->front().certificate_expires;
  EXPECT_EQ(*db_.reader->CertificatesUntil(end), 0);
  EXPECT_EQ(*db_.reader->CertificatesUntil(end + Seconds(1)), 1);
  desktop.presence = Presence::kRetired;
  Save(desktop);
  EXPECT_EQ(*db_.reader->CertificatesUntil(end + Seconds(1)), 0);
}

TEST_P(StoreContract, ReadingsAreAskedForApartFromFacts) {
  Changes changes;
  changes.readings = {{DigestText("{}"), "{}"}};
  ASSERT_OK(db_.store->Commit(changes));
  IncarnationQuery query{Sha256("stranger"), DigestText("{}"), DigestText("{}")};
  auto known = db_.store->FindIncarnations({&query, 1});
  EXPECT_FALSE(known->front().has_facts);
  EXPECT_TRUE(known->front().has_readings);
}

TEST_P(StoreContract, CandidatesMatchBySlotUuidOrCloudVm) {
  std::int64_t pool = PoolId("a");
  Desktop slot = AddDesktop("vm-1", pool, nullptr);
  Desktop uuid = AddDesktop("vm-2", pool, nullptr);
  Desktop vm = MakeDesktop("vm-3", pool);
  vm.claims.cloud_vm_id = "7b2e0000-0000-4000-8000-000000000003";
  Save(vm);
  AddDesktop("vm-4", pool, nullptr);

  Claims claims;
  claims.smbios_uuid = uuid.claims.smbios_uuid;
  claims.cloud_vm_id = vm.claims.cloud_vm_id;
  EXPECT_EQ(Ids(db_.store->FindCandidates(slot.slot, claims)),
            (std::vector{slot.id, uuid.id, vm.id}));
  claims.smbios_uuid = slot.claims.smbios_uuid;  // one desktop, matched twice
  EXPECT_EQ(Ids(db_.store->FindCandidates(slot.slot, claims)), (std::vector{slot.id, vm.id}));
  EXPECT_TRUE(Ids(db_.store->FindCandidates("", {})).empty());
}

TEST_P(StoreContract, CandidatesAreNeitherRetiredNorMatchedByAPlaceholder) {
  std::int64_t pool = PoolId("a");
  Desktop retired = MakeDesktop("vm-1", pool);
  retired.presence = Presence::kRetired;
  Save(retired);
  EXPECT_TRUE(Ids(db_.store->FindCandidates(retired.slot, retired.claims)).empty());

  Desktop placeholder = MakeDesktop("vm-2", pool);
  placeholder.claims.smbios_uuid = "03000200-0400-0500-0006-000700080009";
  Save(placeholder);
  EXPECT_TRUE(Ids(db_.store->FindCandidates("elsewhere", placeholder.claims)).empty());
}

TEST_P(StoreContract, CandidatesOfACopiedUuidAreBoundedAndTheNewestSeen) {
  std::int64_t pool = PoolId("a");
  Changes changes;
  for (int i = 0; i < kMaxCandidates + 5; ++i) {
    Desktop desktop = MakeDesktop("vm-" + std::to_string(i), pool);
    desktop.claims.smbios_uuid = "42091c7c-0000-4000-8000-0000000000aa";
    desktop.last_seen = kStart + Seconds(i);
    changes.desktops.push_back(desktop);
  }
  ASSERT_OK(db_.store->Commit(changes));
  auto found = db_.store->FindCandidates("elsewhere", changes.desktops[0].claims);
  ASSERT_OK(found);
  ASSERT_EQ(found->size(), static_cast<std::size_t>(kMaxCandidates));
  EXPECT_EQ(found->front().desktop.id, changes.desktops.back().id);
}

TEST_P(StoreContract, ACandidateBringsTheIncarnationsThatMaySpeak) {
  Desktop desktop = AddDesktop("vm-1", PoolId("a"), nullptr);
  for (auto state :
       {IncarnationState::kProvisional, IncarnationState::kChallenged,
        IncarnationState::kSuperseded, IncarnationState::kCloned, IncarnationState::kRevoked}) {
    Incarnation incarnation = MakeIncarnation(desktop);
    incarnation.state = state;
    incarnation.enrolled_at = kStart + Seconds(static_cast<int>(state));
    Save(incarnation);
  }
  auto found = db_.store->FindCandidates(desktop.slot, {});
  ASSERT_OK(found);
  std::vector<IncarnationState> states;
  for (const auto& incarnation : found->front().incarnations) states.push_back(incarnation.state);
  EXPECT_EQ(states, (std::vector{IncarnationState::kLive, IncarnationState::kProvisional,
                                 IncarnationState::kChallenged}));
}

TEST_P(StoreContract, ATakeoverIsDueOnceTheEarlierIncarnationIsSilent) {
  std::int64_t pool = PoolId("a");
  AddDesktop("untouched", pool, nullptr);
  Desktop desktop = AddDesktop("vm-1", pool, nullptr);
  Incarnation earlier = db_.reader->IncarnationsOf(desktop.id)->front();
  Incarnation later = MakeIncarnation(desktop);
  later.state = IncarnationState::kProvisional;
  later.last_seen = kStart + kHour;
  Save(later);

  for (auto state : {IncarnationState::kLive, IncarnationState::kChallenged}) {
    earlier.state = state;
    Save(earlier);
    EXPECT_TRUE(Ids(db_.store->ProvisionalSince(kStart)).empty());
    auto due = db_.store->ProvisionalSince(kStart + Seconds(1));
    EXPECT_EQ(Ids(due), std::vector{desktop.id});
    EXPECT_EQ(due->front().incarnations.size(), 2u);
  }
  earlier.state = IncarnationState::kRevoked;  // nobody is left to defend the slot
  Save(earlier);
  EXPECT_EQ(Ids(db_.store->ProvisionalSince(kStart)), std::vector{desktop.id});
  later.state = IncarnationState::kLive;
  Save(later);
  EXPECT_TRUE(Ids(db_.store->ProvisionalSince(kStart + kHour)).empty());
}

}  // namespace
}  // namespace vdiwatch::collector
