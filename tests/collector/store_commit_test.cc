// The contract of Store::Commit.

#include "base/digest.h"
#include "tests/collector/store_contract.h"

namespace vdiwatch::collector {
namespace {

using policy::Grade;

Desktop FullDesktop(std::int64_t pool_id, const Profile& profile) {
  Desktop desktop = MakeDesktop("vm-1", pool_id);
  desktop.claims.entra_tenant = "7b2e0000-0000-4000-8000-000000000001";
  desktop.claims.entra_device = "7b2e0000-0000-4000-8000-000000000002";
  desktop.claims.cloud_vm_id = "7b2e0000-0000-4000-8000-000000000003";
  desktop.claims.vm_generation_id = "7b2e0000-0000-4000-8000-000000000004";
  desktop.claims.broker_machine = "corp\\vm-1";
  desktop.claims.image_id = "gold 2026-11 „ä“";
  desktop.presence = Presence::kOff;
  desktop.last_seen = kStart + kHour;
  desktop.profile = profile.digest;
  desktop.facts_digest = profile.facts_digest;
  desktop.readings_digest = DigestText("not stored");
  desktop.state = {{"docker_desktop.instances", Known(std::int64_t{2})},
                   {"vdi.pool", Unknown(Missing::kDenied)}};
  desktop.per_desktop = {{"docker_desktop.installed_at", Known("2026-11-22T08:00:00Z")}};
  desktop.duplicate = "shared_uuid";
  desktop.last_boot = policy::Boot{"boot-1", {"canary-1", kStart - kHour, 7}};
  desktop.boots = {3, 2, 1};
  desktop.install_order = {"2026-11-22T08:00:00Z",
                           policy::InstallOrder::First::kNestedVirtualization, true};
  return desktop;
}

TEST_P(StoreContract, KeepsEveryMemberOfADesktopAndItsIncarnation) {
  std::int64_t pool = PoolId("a");
  Profile profile = AddProfile(pool, "good", Grade::kCompliant);
  Desktop desktop = FullDesktop(pool, profile);
  Incarnation incarnation = MakeIncarnation(desktop);
  incarnation.state = IncarnationState::kChallenged;
  incarnation.token_id = AddToken(pool);
  incarnation.sequence = 42;
  Changes changes;
  changes.desktops = {desktop};
  changes.incarnations = {incarnation};
  ASSERT_OK(db_.store->Commit(changes));

  KnownIncarnation known = Find(incarnation);
  ASSERT_TRUE(known.incarnation && known.desktop);
  ExpectEqual(*known.incarnation, incarnation);
  ExpectEqual(*known.desktop, desktop);
  ExpectEqual(Stored(desktop.id), desktop);
}

TEST_P(StoreContract, KeepsADesktopOfWhichNothingIsKnown) {
  Desktop desktop;
  desktop.id = RandomId();
  desktop.pool_id = PoolId("a");
  desktop.created_at = desktop.last_seen = kStart;
  Incarnation incarnation = MakeIncarnation(desktop);
  incarnation.boot_id.clear();
  Changes changes;
  changes.desktops = {desktop};
  changes.incarnations = {incarnation};
  ASSERT_OK(db_.store->Commit(changes));
  ExpectEqual(Stored(desktop.id), desktop);
  ExpectEqual(Find(incarnation).incarnation.value(), incarnation);
}

TEST_P(StoreContract, RevokedStaysRevoked) {
  Desktop desktop = AddDesktop("vm-1", PoolId("a"), nullptr);
  Incarnation incarnation = db_.reader->IncarnationsOf(desktop.id)->front();
  Incarnation stale = incarnation;  // as a check-in that is under way holds it
  incarnation.state = IncarnationState::kRevoked;
  Changes revoked, late;
  revoked.incarnations = {incarnation};
  stale.sequence = 7;
  late.incarnations = {stale};
  ASSERT_OK(db_.store->Commit(revoked));
  ASSERT_OK(db_.store->Commit(late));
  Incarnation stored = Find(stale).incarnation.value();
  EXPECT_EQ(stored.state, IncarnationState::kRevoked);
  EXPECT_EQ(stored.sequence, 7);
}

TEST_P(StoreContract, ReplacesWhatIsKnown) {
  std::int64_t pool = PoolId("a");
  Desktop desktop = AddDesktop("vm-1", pool, nullptr);
  Incarnation incarnation = db_.reader->IncarnationsOf(desktop.id)->front();

  Profile profile = AddProfile(pool, "good", Grade::kCompliant);
  Desktop changed = FullDesktop(pool, profile);
  changed.id = desktop.id;
  incarnation.state = IncarnationState::kRevoked;
  incarnation.boot_id = "boot-2";
  incarnation.past_boots = "01234567 89abcdef";
  incarnation.claims = changed.claims;
  Changes changes;
  changes.desktops = {changed};
  changes.incarnations = {incarnation};
  ASSERT_OK(db_.store->Commit(changes));
  ExpectEqual(Stored(desktop.id), changed);
  ExpectEqual(Find(incarnation).incarnation.value(), incarnation);
  EXPECT_EQ(db_.reader->IncarnationsOf(desktop.id)->size(), 1u);

  Desktop emptied = MakeDesktop("", pool);  // every optional member goes away again
  emptied.claims = {};
  emptied.slot.clear();
  emptied.id = desktop.id;
  Save(emptied);
  ExpectEqual(Stored(desktop.id), emptied);
}

TEST_P(StoreContract, TheLastOfTwoRowsWithOneIdInABatchWins) {
  std::int64_t pool = PoolId("a");
  Desktop first = MakeDesktop("vm-1", pool), second = first;
  second.duplicate = "name_collision";
  second.presence = Presence::kOff;
  Changes changes;
  changes.desktops = {first, second};
  ASSERT_OK(db_.store->Commit(changes));
  ExpectEqual(Stored(first.id), second);
  EXPECT_EQ(CountOf(pool, "", Presence::kLive), 0);
  EXPECT_EQ(CountOf(pool, "", Presence::kOff), 1);
}

TEST_P(StoreContract, AnEarlierIncarnationKeepsItsClaimsWhenItsDesktopTakesOthers) {
  Desktop desktop = AddDesktop("vm-1", PoolId("a"), nullptr);
  Incarnation earlier = db_.reader->IncarnationsOf(desktop.id)->front();
  Desktop renamed = desktop;
  renamed.claims.host_name = "vm-2";
  renamed.claims.image_id = "gold-2";
  Incarnation later = MakeIncarnation(renamed);
  Changes changes;
  changes.desktops = {renamed};
  changes.incarnations = {later};
  ASSERT_OK(db_.store->Commit(changes));
  EXPECT_EQ(Find(earlier).incarnation->claims, desktop.claims);
  EXPECT_EQ(Find(later).incarnation->claims, renamed.claims);

  // A desktop that is called what it was called before shares no claims by accident.
  renamed.claims.domain.clear();
  Save(renamed);
  EXPECT_EQ(Find(earlier).incarnation->claims, desktop.claims);
  EXPECT_EQ(Find(later).incarnation->claims.domain, "corp.example");
}

TEST_P(StoreContract, AnIncarnationWithoutClaimsDoesNotTakeItsDesktops) {
  Desktop desktop = AddDesktop("vm-1", PoolId("a"), nullptr);
  Incarnation incarnation = MakeIncarnation(desktop);
  incarnation.claims = {};
  Save(incarnation);
  EXPECT_EQ(Find(incarnation).incarnation->claims, Claims());
}

TEST_P(StoreContract, AnIncarnationCanMoveToAnotherDesktop) {
  std::int64_t pool = PoolId("a");
  Desktop one = AddDesktop("vm-1", pool, nullptr), two = AddDesktop("vm-2", pool, nullptr);
  Incarnation incarnation = db_.reader->IncarnationsOf(one.id)->front();
  incarnation.desktop_id = two.id;
  Save(incarnation);
  EXPECT_EQ(Find(incarnation).desktop->id, two.id);
  EXPECT_EQ(Find(incarnation).incarnation->claims, one.claims);
  EXPECT_TRUE(db_.reader->IncarnationsOf(one.id)->empty());
}

TEST_P(StoreContract, RefusesAProfileWhoseFactSetIsNotStored) {
  std::int64_t pool = PoolId("a");
  Changes changes;
  changes.profiles = {MakeProfile(pool, "good")};
  changes.desktops = {MakeDesktop("vm-1", pool)};
  EXPECT_FAILS(db_.store->Commit(changes), kConflict);
  EXPECT_EQ(CountOf(pool, "", Presence::kLive), 0);  // nothing of the batch was stored
  EXPECT_TRUE(db_.store->Profiles()->empty());
}

TEST_P(StoreContract, RefusesWhatRefersToNothing) {
  std::int64_t pool = PoolId("a"), other = PoolId("b");
  Profile profile = AddProfile(pool, "good", Grade::kCompliant);

  Desktop no_profile = MakeDesktop("vm-1", pool);
  no_profile.profile = Sha256("none");
  Desktop wrong_pool = MakeDesktop("vm-1", other);
  wrong_pool.profile = profile.digest;
  Desktop no_pool = MakeDesktop("vm-1", 4711);
  for (const auto& desktop : {no_profile, wrong_pool, no_pool}) {
    Changes changes;
    changes.desktops = {desktop};
    EXPECT_FAILS(db_.store->Commit(changes), kConflict);
  }
  Changes no_desktop;
  no_desktop.incarnations = {MakeIncarnation(MakeDesktop("vm-1", pool))};
  EXPECT_FAILS(db_.store->Commit(no_desktop), kConflict);
  Changes no_policy;
  no_policy.policy = DigestText("no such policy");
  no_policy.verdicts = {{profile.digest, Grade::kCompliant, "{}", {}}};
  EXPECT_FAILS(db_.store->Commit(no_policy), kConflict);
}

TEST_P(StoreContract, RefusesASecondIncarnationOfOneKey) {
  Desktop desktop = AddDesktop("vm-1", PoolId("a"), nullptr);
  Incarnation twin = db_.reader->IncarnationsOf(desktop.id)->front();
  twin.id = RandomId();
  Changes changes;
  changes.incarnations = {twin};
  EXPECT_FAILS(db_.store->Commit(changes), kConflict);
}

TEST_P(StoreContract, CountsFollowPoolProfileAndPresence) {
  std::int64_t a = PoolId("a"), b = PoolId("b");
  Profile good = AddProfile(a, "good", Grade::kCompliant);
  Profile bad = AddProfile(b, "bad", Grade::kNoncompliant);
  Desktop desktop = AddDesktop("vm-1", a, nullptr);
  EXPECT_EQ(CountOf(a, "", Presence::kLive), 1);

  desktop.profile = good.digest;
  Save(desktop);
  EXPECT_EQ(CountOf(a, "", Presence::kLive), 0);
  EXPECT_EQ(CountOf(a, good.digest, Presence::kLive), 1);

  desktop.presence = Presence::kOff;
  Save(desktop);
  EXPECT_EQ(CountOf(a, good.digest, Presence::kLive), 0);
  EXPECT_EQ(CountOf(a, good.digest, Presence::kOff), 1);

  desktop.pool_id = b;
  desktop.profile = bad.digest;
  Save(desktop);
  EXPECT_TRUE(db_.store->Counts(a)->empty());
  EXPECT_EQ(CountOf(b, bad.digest, Presence::kOff), 1);

  desktop.presence = Presence::kRetired;
  Save(desktop);
  EXPECT_TRUE(db_.store->Counts(b)->empty());
  ExpectCountsEqualRecount();

  desktop.presence = Presence::kLive;  // it came back
  Save(desktop);
  EXPECT_EQ(CountOf(b, bad.digest, Presence::kLive), 1);
}

TEST_P(StoreContract, StoresContentOnceAndTellsWhatIsThere) {
  std::string text = FactSetTextOf("x"), digest = DigestText(text);
  Changes changes;
  changes.fact_sets = {{digest, text}, {digest, text}};
  changes.readings = {{DigestText("{}"), "{}"}};
  ASSERT_OK(db_.store->Commit(changes));
  ASSERT_OK(db_.store->Commit(changes));
  EXPECT_EQ(*db_.store->FactSet(digest), text);
  EXPECT_EQ(*db_.store->Readings(DigestText("{}")), "{}");
  EXPECT_FAILS(db_.store->FactSet(DigestText("y")), kNotFound);
  EXPECT_FAILS(db_.store->Readings(digest), kNotFound);
  EXPECT_FAILS(db_.store->FactSet("sha256:123"), kInvalid);
}

TEST_P(StoreContract, ADigestThatWaitedForItsTextStaysTheSame) {
  std::int64_t pool = PoolId("a");
  Profile profile = MakeProfile(pool, "late");
  Desktop desktop = MakeDesktop("vm-1", pool);
  desktop.facts_digest = profile.facts_digest;
  Save(desktop);
  EXPECT_EQ(Stored(desktop.id).facts_digest, profile.facts_digest);
  AddProfile(pool, "late", Grade::kCompliant);
  EXPECT_EQ(Stored(desktop.id).facts_digest, profile.facts_digest);
  desktop.profile = profile.digest;
  Save(desktop);
  ExpectEqual(Stored(desktop.id), desktop);
}

TEST_P(StoreContract, AProfileThatIsThereIsLeftAsItIs) {
  std::int64_t pool = PoolId("a");
  Profile profile = AddProfile(pool, "good", Grade::kCompliant);
  Changes changes;
  changes.profiles = {profile};
  changes.profiles[0].derived = "{}";
  ASSERT_OK(db_.store->Commit(changes));
  auto profiles = db_.store->Profiles();
  ASSERT_EQ(profiles->size(), 1u);
  EXPECT_EQ(profiles->front().digest, profile.digest);
  EXPECT_EQ(profiles->front().pool_id, pool);
  EXPECT_EQ(profiles->front().facts_digest, profile.facts_digest);
  EXPECT_EQ(profiles->front().state, profile.state);
  EXPECT_EQ(profiles->front().derived, profile.derived);
}

TEST_P(StoreContract, WhatWasCommittedIsThereAfterOpeningAgain) {
  std::int64_t pool = PoolId("a");
  Profile profile = AddProfile(pool, "good", Grade::kCompliant);
  Desktop desktop = AddDesktop("vm-1", pool, &profile);
  db_ = {};
  auto again = engine_->Open();
  ASSERT_OK(again);
  db_ = *std::move(again);
  ExpectEqual(Stored(desktop.id), desktop);
  EXPECT_EQ(CountOf(pool, profile.digest, Presence::kLive), 1);
}

}  // namespace
}  // namespace vdiwatch::collector
