// The contract of pools, tokens, policy sets and verdicts.

#include "base/digest.h"
#include "tests/collector/store_contract.h"

namespace vdiwatch::collector {
namespace {

using policy::Grade;

TEST_P(StoreContract, APoolIsMadeOnce) {
  auto first = db_.store->EnsurePool("Engineering");
  auto second = db_.store->EnsurePool("Engineering");
  ASSERT_OK(first);
  EXPECT_EQ(first->id, second->id);
  EXPECT_EQ(first->name, "Engineering");
  EXPECT_FALSE(first->state.has_value());
  EXPECT_EQ(first->reasons, "[]");
  PoolId("Accounting");
  auto pools = db_.store->Pools();
  ASSERT_EQ(pools->size(), 2u);
  EXPECT_EQ(pools->front().name, "Accounting");
}

TEST_P(StoreContract, PoolVerdictsAreKeptAndChangesOfGradeLogged) {
  std::int64_t pool = PoolId("a");
  auto commit = [&](Grade grade, Time at, bool changed) {
    PoolChange change{pool, {grade, at, {}}, R"(["because"])", changed};
    if (grade == Grade::kNoncompliant) {
      change.state.pending = {{"", at - kHour}, {"canary", at - 2 * kHour}, {"size", at}};
    }
    EXPECT_OK(db_.store->CommitPools({&change, 1}, policy_, {}, at));
    return change.state;
  };
  commit(Grade::kCompliant, kStart, true);
  commit(Grade::kCompliant, kStart + kHour, false);
  auto state = commit(Grade::kNoncompliant, kStart + 2 * kHour, true);

  Pool stored = *db_.store->EnsurePool("a");
  EXPECT_EQ(stored.state, state) << "with each share's own wait";
  EXPECT_EQ(stored.reasons, R"(["because"])");
  auto log = db_.reader->PoolTransitions(pool, 10);
  ASSERT_OK(log);
  ASSERT_EQ(log->size(), 2u);
  EXPECT_EQ(log->at(0).from, Grade::kCompliant);
  EXPECT_EQ(log->at(0).to, Grade::kNoncompliant);
  EXPECT_EQ(log->at(0).at, kStart + 2 * kHour);
  EXPECT_EQ(log->at(0).policy, policy_);
  EXPECT_EQ(log->at(0).reasons, R"(["because"])");
  EXPECT_EQ(log->at(1).from, Grade::kUnknown);  // there was no grade before
  EXPECT_EQ(db_.reader->PoolTransitions(pool, 1)->size(), 1u);
}

TEST_P(StoreContract, PoolVerdictsNeedAStoredPolicyAndPool) {
  PoolChange change;
  change.pool_id = PoolId("a");
  change.reasons = "[]";
  change.grade_changed = true;
  EXPECT_FAILS(db_.store->CommitPools({&change, 1}, DigestText("none"), {}, kStart), kConflict);
  change.pool_id = 4711;
  EXPECT_FAILS(db_.store->CommitPools({&change, 1}, policy_, {}, kStart), kConflict);
}

TEST_P(StoreContract, TokensAreKeptAndUsesCountedByCommitsAlone) {
  EnrolToken token;
  token.hash = Sha256("secret");
  token.pool_id = PoolId("a");
  token.created_at = kStart;
  token.expires_at = kStart + kHour;
  token.max_uses = 3;
  token.cidr = "10.0.0.0/8";
  token.note = "for the image";
  auto id = db_.store->SaveEnrolToken(token);
  ASSERT_OK(id);
  Changes changes;
  changes.token_uses = {*id, *id};
  ASSERT_OK(db_.store->Commit(changes));

  token.id = *id;  // an administrator revokes what was read before it was used
  token.revoked = true;
  token.uses = 0;
  EXPECT_EQ(*db_.store->SaveEnrolToken(token), *id);
  auto stored = db_.store->FindEnrolToken(Sha256("secret"));
  ASSERT_OK(stored);
  ASSERT_TRUE(stored->has_value());
  EXPECT_EQ((*stored)->id, *id);
  EXPECT_EQ((*stored)->hash, token.hash);
  EXPECT_EQ((*stored)->pool_id, token.pool_id);
  EXPECT_EQ((*stored)->created_at, token.created_at);
  EXPECT_EQ((*stored)->expires_at, token.expires_at);
  EXPECT_EQ((*stored)->max_uses, 3);
  EXPECT_EQ((*stored)->uses, 2);
  EXPECT_EQ((*stored)->cidr, token.cidr);
  EXPECT_TRUE((*stored)->revoked);
  EXPECT_EQ((*stored)->note, token.note);

  EXPECT_FALSE(db_.store->FindEnrolToken(Sha256("guess"))->has_value());
  AddToken(token.pool_id);
  EXPECT_EQ(db_.store->EnrolTokens()->size(), 2u);
}

TEST_P(StoreContract, TokensRefuseWhatIsNotThereOrThereTwice) {
  EnrolToken token;
  token.id = 4711;
  token.hash = Sha256("secret");
  token.pool_id = PoolId("a");
  EXPECT_FAILS(db_.store->SaveEnrolToken(token), kNotFound);
  token.id = 0;
  ASSERT_OK(db_.store->SaveEnrolToken(token));
  EXPECT_FAILS(db_.store->SaveEnrolToken(token), kConflict);
}

TEST_P(StoreContract, APolicySetIsStoredOnce) {
  EXPECT_OK(db_.store->SavePolicySet(policy_, "again", kStart + kHour));
  EXPECT_FAILS(db_.store->SavePolicySet("sha1:12", "files", kStart), kInvalid);
}

TEST_P(StoreContract, VerdictsUnderANewPolicyReplaceTheOldOnes) {
  std::int64_t pool = PoolId("a");
  Profile profile = AddProfile(pool, "p", Grade::kCompliant);
  Desktop desktop = AddDesktop("vm-1", pool, &profile);
  std::string next = DigestText("next policy");
  ASSERT_OK(db_.store->SavePolicySet(next, "files", kStart + kHour));
  ProfileVerdict verdict{profile.digest, Grade::kConditional, R"({"v":2})", kStart + 9 * kHour};
  ASSERT_OK(db_.store->CommitVerdicts({&verdict, 1}, next, kStart + kHour));

  auto row = db_.reader->PoolProfiles(pool);
  ASSERT_EQ(row->size(), 1u);
  EXPECT_EQ(row->front().verdict.profile, profile.digest);
  EXPECT_EQ(row->front().verdict.grade, Grade::kConditional);
  EXPECT_EQ(row->front().verdict.verdict, R"({"v":2})");
  EXPECT_EQ(row->front().verdict.valid_until, kStart + 9 * kHour);
  auto summary = db_.reader->DesktopById(desktop.id);
  EXPECT_EQ(summary->grade, Grade::kConditional);
  EXPECT_EQ(summary->verdict, R"({"v":2})");

  EXPECT_FAILS(db_.store->CommitVerdicts({&verdict, 1}, DigestText("none"), kStart), kConflict);
  verdict.profile = Sha256("none");
  EXPECT_FAILS(db_.store->CommitVerdicts({&verdict, 1}, next, kStart), kConflict);
}

TEST_P(StoreContract, ADesktopsHistoryJoinsItsMovesWithItsProfilesVerdicts) {
  std::int64_t pool = PoolId("a");
  Profile first = AddProfile(pool, "first", Grade::kCompliant);
  Profile second = AddProfile(pool, "second", Grade::kUnknown);
  Desktop desktop = AddDesktop("vm-1", pool, nullptr);
  auto judge = [&](const Profile& profile, Grade grade, int hours) {
    ProfileVerdict verdict{profile.digest, grade, "{}", {}};
    EXPECT_OK(db_.store->CommitVerdicts({&verdict, 1}, policy_, kStart + hours * kHour));
  };
  desktop.profile = first.digest;
  Save(desktop, kStart + 1 * kHour);
  judge(first, Grade::kNoncompliant, 2);
  judge(first, Grade::kNoncompliant, 3);  // says the same: no transition
  judge(second, Grade::kConditional, 4);  // not its profile yet
  desktop.profile = second.digest;
  Save(desktop, kStart + 5 * kHour);
  judge(first, Grade::kCompliant, 6);  // not its profile any more
  desktop.presence = Presence::kOff;
  Save(desktop, kStart + 7 * kHour);
  Save(desktop, kStart + 8 * kHour);  // nothing moved

  struct Expected {
    int hours;
    std::string profile;
    Grade grade;
    Presence presence;
  };
  std::vector<Expected> expected = {
      {7, second.digest, Grade::kConditional, Presence::kOff},
      {5, second.digest, Grade::kConditional, Presence::kLive},
      {2, first.digest, Grade::kNoncompliant, Presence::kLive},
      {1, first.digest, Grade::kCompliant, Presence::kLive},
      {0, "", Grade::kUnknown, Presence::kLive},
  };
  auto history = db_.reader->TransitionsOf(desktop.id, 100);
  ASSERT_OK(history);
  ASSERT_EQ(history->size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(history->at(i).at, kStart + expected[i].hours * kHour);
    EXPECT_EQ(history->at(i).profile, expected[i].profile);
    EXPECT_EQ(history->at(i).grade, expected[i].grade);
    EXPECT_EQ(history->at(i).presence, expected[i].presence);
  }
  EXPECT_EQ(db_.reader->TransitionsOf(desktop.id, 2)->size(), 2u);
}

}  // namespace
}  // namespace vdiwatch::collector
