#include "collector/enrolment.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace vdiwatch::collector {
namespace {

const Time kNow = FromUnix(1'800'000'000);

Changes At(Time now) {
  Changes changes;
  changes.at = now;
  return changes;
}

Enrolment Somebody(std::int64_t max_uses = 0, std::int64_t uses = 0) {
  Enrolment enrolment;
  enrolment.key = "key";
  enrolment.newcomer.claims.host_name = "fin-01";
  enrolment.newcomer.claims.domain = "corp.example";
  enrolment.newcomer.boot_id = "boot-1";
  enrolment.newcomer.pool_id = 1;
  enrolment.newcomer.silent_before = kNow - Seconds(1800);
  enrolment.token.id = 5;
  enrolment.token.pool_id = 1;
  enrolment.token.max_uses = max_uses;
  enrolment.token.uses = uses;
  return enrolment;
}

Candidate Seat(std::vector<IncarnationState> states) {
  Candidate candidate;
  candidate.desktop.id = 7;
  candidate.desktop.pool_id = 1;
  for (auto state : states) {
    Incarnation incarnation;
    incarnation.id = static_cast<std::int64_t>(candidate.incarnations.size()) + 100;
    incarnation.desktop_id = 7;
    incarnation.state = state;
    incarnation.claims.host_name = "fin-01";
    incarnation.token_id = 5;
    incarnation.last_seen = kNow;
    candidate.incarnations.push_back(incarnation);
  }
  return candidate;
}

IncarnationState StateOf(const Changes& changes, std::int64_t id) {
  auto found = std::ranges::find(changes.incarnations, id, &Incarnation::id);
  EXPECT_NE(found, changes.incarnations.end());
  return found->state;
}

TEST(Enrol, ANewDesktopCostsAUse) {
  Changes changes = At(kNow);
  ASSERT_TRUE(Enrol(Somebody(), {}, {Identification::kNew, 0, "first"}, changes));
  ASSERT_EQ(changes.desktops.size(), 1u);
  EXPECT_EQ(changes.desktops[0].slot, "domain:corp.example/fin-01");
  EXPECT_EQ(changes.incarnations[0].desktop_id, changes.desktops[0].id);
  EXPECT_EQ(changes.token_uses, std::vector<std::int64_t>{5});
}

TEST(Enrol, UsesCountSlotsAndThoseOfTheSameRound) {
  Changes changes = At(kNow);
  Identified is_new{Identification::kNew, 0, "first"};
  EXPECT_TRUE(Enrol(Somebody(2, 1), {}, is_new, changes));
  EXPECT_EQ(Enrol(Somebody(2, 1), {}, is_new, changes).error().kind, ErrorKind::kDenied);
  Identified successor{Identification::kSuccessor, 7, "came back"};
  EXPECT_TRUE(Enrol(Somebody(2, 2), {Seat({IncarnationState::kLive})}, successor, changes));
}

TEST(Enrol, ASuccessorSupersedesAndKeepsTheDesktop) {
  Changes changes = At(kNow);
  ASSERT_TRUE(Enrol(Somebody(), {Seat({IncarnationState::kLive})},
                    {Identification::kSuccessor, 7, "came back"}, changes));
  EXPECT_EQ(StateOf(changes, 100), IncarnationState::kSuperseded);
  EXPECT_EQ(changes.incarnations.back().state, IncarnationState::kLive);
  EXPECT_EQ(changes.desktops.at(0).id, 7);
  EXPECT_TRUE(changes.token_uses.empty());
  EXPECT_EQ(changes.audit.at(0).action, "slot.succeeded");
}

TEST(Takeover, SettlesOnSilenceAndSplitsOnSpeech) {
  Changes claimed = At(kNow);
  ASSERT_TRUE(Enrol(Somebody(), {Seat({IncarnationState::kLive})},
                    {Identification::kProvisional, 7, "another machine"}, claimed));
  EXPECT_EQ(StateOf(claimed, 100), IncarnationState::kChallenged);
  EXPECT_EQ(claimed.incarnations.back().state, IncarnationState::kProvisional);

  Candidate pending = Seat({IncarnationState::kChallenged, IncarnationState::kProvisional});
  Changes settled = At(kNow);
  SettleTakeover(pending, settled);
  EXPECT_EQ(StateOf(settled, 100), IncarnationState::kSuperseded);
  EXPECT_EQ(StateOf(settled, 101), IncarnationState::kLive);

  Changes split = At(kNow);
  EXPECT_TRUE(SplitCollision(pending, 100, {}, split));
  ASSERT_EQ(split.desktops.size(), 1u);
  EXPECT_NE(split.desktops[0].id, 7);
  EXPECT_EQ(split.desktops[0].duplicate, "name_collision");
  EXPECT_EQ(split.incarnations.at(0).desktop_id, split.desktops[0].id);
  EXPECT_EQ(StateOf(split, 101), IncarnationState::kLive);
  EXPECT_EQ(split.token_uses, std::vector<std::int64_t>{5}) << "a slot more than it had paid for";

  Changes none = At(kNow);
  EXPECT_FALSE(SplitCollision(Seat({IncarnationState::kChallenged}), 100, {}, none));
  EXPECT_TRUE(none.events.empty());
}

TEST(Takeover, ASpentTokenOpensNoDesktopByACollision) {
  Candidate pending = Seat({IncarnationState::kChallenged, IncarnationState::kProvisional});
  Changes refused = At(kNow);
  EXPECT_TRUE(SplitCollision(pending, 100, {5}, refused));
  EXPECT_EQ(StateOf(refused, 101), IncarnationState::kSuperseded);
  EXPECT_TRUE(refused.desktops.empty());
  EXPECT_EQ(refused.events.at(0).kind, "takeover_refused");
  EXPECT_EQ(refused.audit.at(0).action, "slot.takeover_refused");
}

TEST(Takeover, ASpentTokenMayClaimANameUntilItsDesktopDefendsIt) {
  Candidate seat = Seat({IncarnationState::kLive});
  const Identified claims{Identification::kProvisional, 7, "another machine"};
  Changes changes = At(kNow);
  EXPECT_TRUE(Enrol(Somebody(3, 3), {seat}, claims, changes));
  seat.desktop.duplicate = "name_collision";
  auto refused = Enrol(Somebody(3, 3), {seat}, claims, changes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kDenied);
  EXPECT_TRUE(Enrol(Somebody(3, 2), {seat}, claims, changes));
}

TEST(Takeover, AChallengerThatSpeaksIsNotSupersededByTheOwnersNextLife) {
  Candidate contested = Seat({IncarnationState::kChallenged, IncarnationState::kProvisional});
  contested.incarnations[1].claims.smbios_uuid = "4c4c4544-0042-3510-8054-b2c04f4e3732";
  Enrolment owner = Somebody();
  owner.newcomer.claims.smbios_uuid = "4c4c4544-0042-3510-8054-b2c04f4e3731";
  Changes changes = At(kNow);
  ASSERT_TRUE(Enrol(owner, {contested}, {Identification::kSuccessor, 7, "came back"}, changes));
  EXPECT_EQ(StateOf(changes, 100), IncarnationState::kSuperseded);
  EXPECT_EQ(StateOf(changes, 101), IncarnationState::kLive);
  EXPECT_NE(std::ranges::find(changes.incarnations, 101, &Incarnation::id)->desktop_id, 7);
}

TEST(Enrol, WhoeverHeldAClonedKeyIsMarkedUntilItsNextBoot) {
  Enrolment clone = Somebody();
  clone.newcomer.replaces.emplace();
  clone.newcomer.replaces->state = IncarnationState::kCloned;
  Changes fresh = At(kNow);
  ASSERT_TRUE(Enrol(clone, {}, {Identification::kNew, 0, "first"}, fresh));
  EXPECT_EQ(fresh.desktops.at(0).duplicate, "cloned_identity");

  Candidate marked = Seat({});
  marked.desktop.duplicate = "cloned_identity";
  Changes healed = At(kNow);
  ASSERT_TRUE(Enrol(Somebody(), {marked}, {Identification::kSuccessor, 7, "reset"}, healed));
  EXPECT_EQ(healed.desktops.at(0).duplicate, "none");
}

TEST(Move, GoesOnAsTheSlotsDesktopAndRetiresItsOwn) {
  Candidate to = Seat({IncarnationState::kLive});
  Candidate from = Seat({IncarnationState::kLive});
  from.desktop.id = 9;
  from.incarnations[0].id = 200;
  from.incarnations[0].desktop_id = 9;
  KnownIncarnation known;
  known.incarnation = from.incarnations[0];
  known.desktop = from.desktop;
  Changes changes = At(kNow);
  auto moved = MoveToSlot(known, from, to, Somebody().newcomer,
                          {Identification::kSuccessor, 7, "silent"}, {}, changes);
  EXPECT_EQ(moved.desktop->id, 7);
  EXPECT_EQ(moved.incarnation->desktop_id, 7);
  EXPECT_EQ(StateOf(changes, 100), IncarnationState::kSuperseded);
  ASSERT_EQ(changes.desktops.size(), 1u);
  EXPECT_EQ(changes.desktops[0].id, 9);
  EXPECT_EQ(changes.desktops[0].presence, Presence::kRetired);

  from.incarnations.push_back(to.incarnations[0]);  // somebody else speaks for it, too
  Changes kept = At(kNow);
  MoveToSlot(known, from, to, Somebody().newcomer, {Identification::kSuccessor, 7, "silent"}, {},
             kept);
  EXPECT_TRUE(kept.desktops.empty());
}

}  // namespace
}  // namespace vdiwatch::collector
