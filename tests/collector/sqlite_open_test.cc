// What opening a file answers when the world is not as it should be.

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "collector/store/access_store.h"
#include "collector/store/migrations.h"
#include "collector/store/sqlite.h"
#include "tests/collector/sqlite_files.h"

namespace vdiwatch::collector {
namespace {

namespace fs = std::filesystem;

class SqliteOpen : public testing::Test {
 protected:
  // What a plain connection does to the file.
  void Execute(const std::string& sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(file_.c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(db);
  }
  std::string Bytes() {
    std::ifstream in(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // Root may do anything, so opening is tried by a child that is nobody.
  ErrorKind KindWithoutRoot() {
    pid_t child = ::fork();
    if (child == 0) {
      if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(100);
      auto opened = OpenSqlite(file_);
      bool named = !opened && opened.error().message.find(file_.string()) == 0;
      ::_exit(named ? static_cast<int>(opened.error().kind) : 101);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_LT(WEXITSTATUS(status), 100);
    return static_cast<ErrorKind>(WEXITSTATUS(status));
  }

  TemporaryFolder folder_;
  fs::path file_ = folder_.path() / "vdiwatch.db";
};

TEST_F(SqliteOpen, MakesAFileThatOnlyItsOwnerReads) {
  auto opened = OpenSqlite(file_);
  ASSERT_OK(opened);
  ASSERT_OK(opened->store->EnsurePool("a"));
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat status {};
    ASSERT_EQ(::stat((file_.string() + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 0777u, 0600u) << suffix;
  }
}

TEST_F(SqliteOpen, RefusesAFileThatIsNoDatabase) {
  std::ofstream(file_) << std::string(5000, 'x');
  std::string before = Bytes();
  auto opened = OpenSqlite(file_);
  EXPECT_FAILS(opened, kInvalid);
  EXPECT_EQ(opened.error().message, file_.string() + ": not a database");
  EXPECT_EQ(Bytes(), before);
}

TEST_F(SqliteOpen, RefusesAnotherProgramsDatabaseAndLeavesItAsItWas) {
  Execute("CREATE TABLE theirs (x); PRAGMA user_version = 1");
  std::string before = Bytes();
  auto opened = OpenSqlite(file_);
  EXPECT_FAILS(opened, kInvalid);
  EXPECT_NE(opened.error().message.find("another program"), std::string::npos);
  EXPECT_EQ(Bytes(), before);
  EXPECT_FALSE(fs::exists(file_.string() + "-wal"));
}

TEST_F(SqliteOpen, RefusesAStoreOfANewerVersionAndLeavesItAsItWas) {
  ASSERT_OK(OpenSqlite(file_));
  int newer = NewestSchema() + 6;
  Execute("PRAGMA user_version = " + std::to_string(newer));
  auto opened = OpenSqlite(file_);
  EXPECT_FAILS(opened, kConflict);
  EXPECT_EQ(opened.error().message, file_.string() + ": written by a newer vdiwatch (schema " +
                                        std::to_string(newer) + ", this one knows " +
                                        std::to_string(NewestSchema()) + ")");
  Execute("PRAGMA user_version = " + std::to_string(NewestSchema()));
  EXPECT_OK(OpenSqlite(file_));
}

TEST_F(SqliteOpen, RefusesADirectoryAndAMissingOne) {
  fs::create_directory(file_);
  auto opened = OpenSqlite(file_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().message.find(file_.string()), 0u);
  auto nowhere = OpenSqlite(folder_.path() / "missing" / "vdiwatch.db");
  EXPECT_FAILS(nowhere, kUnavailable);
  EXPECT_NE(nowhere.error().message.find("missing/vdiwatch.db"), std::string::npos);
}

TEST_F(SqliteOpen, IsDeniedWhatItMayNotReadOrWrite) {
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0555), 0);
  EXPECT_EQ(KindWithoutRoot(), ErrorKind::kDenied);  // no new file
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
  ASSERT_OK(OpenSqlite(file_));
  ASSERT_EQ(::chmod(file_.c_str(), 0), 0);
  EXPECT_EQ(KindWithoutRoot(), ErrorKind::kDenied);
  ASSERT_EQ(::chmod(file_.c_str(), 0444), 0);
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0555), 0);
  EXPECT_EQ(KindWithoutRoot(), ErrorKind::kDenied);  // no log beside it
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0777), 0);
  EXPECT_EQ(KindWithoutRoot(), ErrorKind::kDenied);  // a log, but the file itself may not change
}

TEST_F(SqliteOpen, TheAuditLogIsAppendOnlyForEverybody) {
  {
    auto opened = OpenSqlite(file_);
    ASSERT_OK(opened);
    ASSERT_OK(opened->access->Audit({kStart, "admin", "token.created", "pool a", ""}));
  }
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, "DELETE FROM audit", nullptr, nullptr, nullptr), SQLITE_CONSTRAINT);
  EXPECT_EQ(sqlite3_exec(db, "UPDATE audit SET actor = 'x'", nullptr, nullptr, nullptr),
            SQLITE_CONSTRAINT);
  sqlite3_close(db);
}

TEST_F(SqliteOpen, BringsAStoreOfTheFirstReleaseUpToDate) {
  ASSERT_OK(OpenSqlite(file_));
  Execute(
      "ALTER TABLE profile DROP COLUMN waivers; ALTER TABLE incarnation DROP COLUMN past_boots;"
      "DROP TABLE delivery_attempt; DROP TABLE delivery_notice; DROP TABLE delivery;"
      "DROP TABLE alert_notice; DROP TABLE alert; DROP TABLE silence;"
      "ALTER TABLE pool DROP COLUMN pending_rules; ALTER TABLE desktop DROP COLUMN install_order;"
      "DROP TRIGGER audit_is_kept_for_a_year;"
      "CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit"
      " BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END; PRAGMA user_version = 1");
  auto opened = OpenSqlite(file_);
  ASSERT_OK(opened);
  EXPECT_OK(opened->store->Profiles());
}

TEST_F(SqliteOpen, MarksTheFileAsOurs) {
  ASSERT_OK(OpenSqlite(file_));
  auto connection = SqliteConnection::Open(file_);
  ASSERT_OK(connection);
  auto text = [&](const char* sql) {
    return (*connection)->One(sql, [](Row& row) { return row.Text(); })->value();
  };
  EXPECT_EQ(text("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(text("PRAGMA application_id"), std::to_string(0x76646957));  // for file(1)
  EXPECT_EQ(text("PRAGMA user_version"), std::to_string(NewestSchema()));
}

}  // namespace
}  // namespace vdiwatch::collector
