// The contract of AccessStore.

#include "base/digest.h"
#include "collector/store/access_store.h"
#include "tests/collector/store_contract.h"

namespace vdiwatch::collector {
namespace {

TEST_P(StoreContract, UsersAreKeptAndReplacedByName) {
  EXPECT_EQ(*db_.access->CountUsers(), 0);
  EXPECT_FALSE(db_.access->FindUser("admin")->has_value());
  ASSERT_OK(db_.access->SaveUser({"admin", "$argon2id$1", "administrator"}));
  ASSERT_OK(db_.access->SaveUser({"admin", "$argon2id$2", "viewer"}));
  EXPECT_EQ(*db_.access->CountUsers(), 1);
  User user = db_.access->FindUser("admin")->value();
  EXPECT_EQ(user.name, "admin");
  EXPECT_EQ(user.password_hash, "$argon2id$2");
  EXPECT_EQ(user.role, "viewer");
}

TEST_P(StoreContract, SessionsLiveUntilDeletedOrExpired) {
  ASSERT_OK(db_.access->SaveUser({"admin", "hash", "administrator"}));
  Session session{Sha256("cookie"), "admin", "csrf", kStart, kStart, kStart + kHour};
  ASSERT_OK(db_.access->SaveSession(session));
  session.last_used = kStart + Seconds(60);
  ASSERT_OK(db_.access->SaveSession(session));
  Session stored = db_.access->FindSession(session.hash)->value();
  EXPECT_EQ(stored.hash, session.hash);
  EXPECT_EQ(stored.user, "admin");
  EXPECT_EQ(stored.csrf, "csrf");
  EXPECT_EQ(stored.created_at, kStart);
  EXPECT_EQ(stored.last_used, session.last_used);
  EXPECT_EQ(stored.expires_at, session.expires_at);

  ASSERT_OK(db_.access->DeleteExpiredSessions(kStart + kHour - Seconds(1)));
  EXPECT_TRUE(db_.access->FindSession(session.hash)->has_value());
  ASSERT_OK(db_.access->DeleteExpiredSessions(kStart + kHour));
  EXPECT_FALSE(db_.access->FindSession(session.hash)->has_value());
  ASSERT_OK(db_.access->SaveSession(session));
  ASSERT_OK(db_.access->DeleteSession(session.hash));
  EXPECT_FALSE(db_.access->FindSession(session.hash)->has_value());
  session.user = "nobody";
  EXPECT_FAILS(db_.access->SaveSession(session), kConflict);
}

TEST_P(StoreContract, ApiTokensAreKept) {
  ApiToken token{Sha256("token"), "ci", "viewer", kStart, kStart + kHour};
  ASSERT_OK(db_.access->SaveApiToken(token));
  ApiToken stored = db_.access->FindApiToken(token.hash)->value();
  EXPECT_EQ(stored.hash, token.hash);
  EXPECT_EQ(stored.name, "ci");
  EXPECT_EQ(stored.role, "viewer");
  EXPECT_EQ(stored.created_at, kStart);
  EXPECT_EQ(stored.expires_at, kStart + kHour);
  EXPECT_FALSE(db_.access->FindApiToken(Sha256("guess"))->has_value());
}

TEST_P(StoreContract, TheAuditLogHasEveryWriteNewestFirst) {
  ASSERT_OK(db_.access->Audit({kStart, "admin", "token.created", "pool a", "for 10"}));
  Changes changes;
  changes.audit = {{kStart + kHour, "collector", "slot.succeeded", "vm-1", ""}};
  ASSERT_OK(db_.store->Commit(changes));
  auto log = db_.access->AuditLog(10);
  ASSERT_OK(log);
  ASSERT_EQ(log->size(), 2u);
  EXPECT_EQ(log->at(0).action, "slot.succeeded");
  EXPECT_EQ(log->at(1).at, kStart);
  EXPECT_EQ(log->at(1).actor, "admin");
  EXPECT_EQ(log->at(1).subject, "pool a");
  EXPECT_EQ(log->at(1).detail, "for 10");
  EXPECT_EQ(db_.access->AuditLog(1)->size(), 1u);
}

}  // namespace
}  // namespace vdiwatch::collector
