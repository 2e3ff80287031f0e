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

const AuditEntry kDone{kStart, "root", "did", "something", ""};

std::int64_t AuditLines(Database& db) { return std::ssize(*db.access->AuditLog(100)); }

TEST_P(StoreContract, UsersAreChangedAtTheVersionThatWasReadAlone) {
  User ada{"ada", "hash", "viewer", {"fin-*", "hr"}};
  ada.created_at = kStart;
  EXPECT_EQ(*db_.access->AddUser(ada, kDone), UserOutcome::kDone);
  EXPECT_EQ(*db_.access->AddUser(ada, kDone), UserOutcome::kTaken);
  ada.role = "operator";
  ada.pools.clear();
  ada.disabled = true;
  EXPECT_EQ(*db_.access->ChangeUser(ada, "", kDone), UserOutcome::kDone);
  EXPECT_EQ(*db_.access->ChangeUser(ada, "", kDone), UserOutcome::kStale);
  const User stored = db_.access->FindUser("ada")->value();
  EXPECT_EQ(stored.role, "operator");
  EXPECT_TRUE(stored.pools.empty());
  EXPECT_TRUE(stored.disabled);
  EXPECT_EQ(stored.created_at, kStart);
  EXPECT_EQ(stored.version, 2);
  EXPECT_EQ(*db_.access->DeleteUser("ada", 1, kDone), UserOutcome::kStale);
  EXPECT_EQ(*db_.access->DeleteUser("ada", 2, kDone), UserOutcome::kDone);
  EXPECT_EQ(*db_.access->DeleteUser("ada", 2, kDone), UserOutcome::kNotFound);
  EXPECT_EQ(AuditLines(db_), 3) << "one for each that was done";
}

TEST_P(StoreContract, OneLocalAdministratorStays) {
  ASSERT_OK(db_.access->SaveUser({"root", "hash", "administrator"}));
  ASSERT_OK(db_.access->SaveUser({"eve", "", "administrator", {}, "https://idp 1"}));
  User off{"off", "hash", "administrator"};
  off.disabled = true;
  ASSERT_OK(db_.access->SaveUser(off));
  EXPECT_EQ(*db_.access->DeleteUser("root", 1, kDone), UserOutcome::kLastAdministrator);
  User root = db_.access->FindUser("root")->value();
  root.disabled = true;
  EXPECT_EQ(*db_.access->ChangeUser(root, "", kDone), UserOutcome::kLastAdministrator);
  ASSERT_OK(db_.access->SaveUser({"second", "hash", "administrator"}));
  EXPECT_EQ(*db_.access->DeleteUser("root", 1, kDone), UserOutcome::kDone);
  EXPECT_EQ(db_.access->Users()->size(), 3u);
}

TEST_P(StoreContract, AUserTakesSessionsAndTokensAlong) {
  ASSERT_OK(db_.access->SaveUser({"ada", "hash", "viewer"}));
  for (const char* cookie : {"one", "two"}) {
    ASSERT_OK(db_.access->SaveSession({Sha256(cookie), "ada", "csrf", kStart, kStart,
                                       kStart + kHour, "192.0.2.1", "Browser", "token"}));
  }
  EXPECT_EQ(db_.access->Sessions()->size(), 2u);
  EXPECT_EQ(db_.access->FindSession(Sha256("one"))->value().browser, "Browser");
  EXPECT_EQ(db_.access->FindSession(Sha256("one"))->value().id_token, "token");
  ASSERT_OK(db_.access->TouchSession(Sha256("one"), kStart + Seconds(5)));
  EXPECT_EQ(db_.access->Sessions()->front().hash, Sha256("one"));
  EXPECT_EQ(*db_.access->ChangeUser(db_.access->FindUser("ada")->value(), Sha256("one"), kDone),
            UserOutcome::kDone);
  EXPECT_EQ(db_.access->Sessions()->size(), 1u);
  ApiToken token{Sha256("token"), "ci", "viewer", kStart, kStart + kHour, {"fin-*"}, "ada"};
  ASSERT_OK(db_.access->AddApiToken(token, kDone));
  ASSERT_OK(db_.access->TouchApiToken(token.hash, kStart + Seconds(7)));
  const ApiToken stored = db_.access->ApiTokens()->front();
  EXPECT_EQ(stored.pools, token.pools);
  EXPECT_EQ(stored.owner, "ada");
  EXPECT_EQ(stored.last_used, kStart + Seconds(7));
  EXPECT_EQ(*db_.access->DeleteSessionsOf("ada", "", kDone), 1);
  EXPECT_EQ(*db_.access->DeleteSessionsOf("ada", "", kDone), 0);
  EXPECT_EQ(*db_.access->DeleteUser("ada", 2, kDone), UserOutcome::kDone);
  EXPECT_TRUE(db_.access->ApiTokens()->empty());
}

TEST_P(StoreContract, ApiTokensAreDeletedOnce) {
  ASSERT_OK(db_.access->AddApiToken({Sha256("t"), "ci", "viewer", kStart, kStart + kHour}, kDone));
  ASSERT_OK(db_.access->DeleteApiToken(Sha256("t"), kDone));
  ASSERT_OK(db_.access->DeleteApiToken(Sha256("t"), kDone));
  EXPECT_EQ(AuditLines(db_), 2);
  EXPECT_FALSE(db_.access->FindApiToken(Sha256("t"))->has_value());
}

TEST_P(StoreContract, AProvidersUserIsKnownByTheSubject) {
  ASSERT_OK(db_.access->SaveUser({"root", "hash", "administrator"}));
  User told{"ada", "", "viewer", {"hr"}, "https://idp 1"};
  ASSERT_OK(db_.access->AdmitUser(told));
  told.name = "ada2";
  told.role = "operator";
  const User again = db_.access->AdmitUser(told)->value();
  EXPECT_EQ(again.name, "ada");
  EXPECT_EQ(again.role, "operator");
  EXPECT_EQ(again.version, 2);
  EXPECT_EQ(db_.access->AdmitUser(told)->value().version, 2) << "nothing changed";
  told.subject = "https://idp 2";
  told.name = "root";
  EXPECT_FALSE(db_.access->AdmitUser(told)->has_value());
  EXPECT_TRUE(db_.access->FindUser("root")->value().local());
  ASSERT_OK(db_.access->NoteSignIn("ada", kStart));
  EXPECT_EQ(db_.access->FindUser("ada")->value().last_sign_in, kStart);
}

TEST_P(StoreContract, ASignInUnderWayIsTakenOnce) {
  const SignInAttempt attempt{Sha256("state"), Sha256("browser"), "nonce",
                              "verifier",      "/pools",          kStart + kHour};
  EXPECT_TRUE(*db_.access->BeginSignIn(attempt, kStart, 1));
  SignInAttempt other = attempt;
  other.state_hash = Sha256("other");
  EXPECT_FALSE(*db_.access->BeginSignIn(other, kStart, 1)) << "one is under way";
  const auto taken = *db_.access->TakeSignIn(attempt.state_hash);
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken->browser_hash, attempt.browser_hash);
  EXPECT_EQ(taken->nonce, "nonce");
  EXPECT_EQ(taken->verifier, "verifier");
  EXPECT_EQ(taken->return_to, "/pools");
  EXPECT_EQ(taken->expires_at, attempt.expires_at);
  EXPECT_FALSE(db_.access->TakeSignIn(attempt.state_hash)->has_value());
  EXPECT_TRUE(*db_.access->BeginSignIn(attempt, kStart, 1));
  EXPECT_TRUE(*db_.access->BeginSignIn(other, kStart + kHour, 1)) << "the first has expired";
}

TEST_P(StoreContract, TheAuditLogIsReadInPages) {
  for (int i = 0; i < 4; ++i) {
    ASSERT_OK(db_.access->Audit(
        {kStart + Seconds(i / 2), i % 2 == 0 ? "ada" : "bob", "did", std::to_string(i), ""}));
  }
  const auto subjects = [&](const AuditFilter& filter) {
    std::string text;
    const auto page = db_.access->AuditPage(filter);
    for (const AuditLine& line : *page) text += line.entry.subject;
    return text;
  };
  EXPECT_EQ(subjects({}), "3210");
  EXPECT_EQ(subjects({.actor = "ada"}), "20");
  EXPECT_EQ(subjects({.actor = "ada", .action = "did", .limit = 1}), "2");
  EXPECT_EQ(subjects({.action = "undid"}), "");
  EXPECT_EQ(subjects({.since = kStart + Seconds(1)}), "32");
  EXPECT_EQ(subjects({.until = kStart + Seconds(1)}), "10");
  const AuditLine third = db_.access->AuditPage({})->at(1);
  EXPECT_EQ(subjects({.before = std::pair(third.entry.at, third.id)}), "10");
}

}  // namespace
}  // namespace vdiwatch::collector
