// What opening a PostgreSQL database answers when the world is not as it should be.

#include <atomic>
#include <fstream>
#include <thread>

#include "collector/store/access_store.h"
#include "collector/store/migrations.h"
#include "collector/store/postgres.h"
#include "tests/collector/postgres_engine.h"
#include "tests/collector/sqlite_files.h"

namespace vdiwatch::collector {
namespace {

class PostgresOpen : public testing::Test {
 protected:
  Result<Database> Open(const std::string& more = "") {
    PostgresSettings settings = engine_.settings();
    settings.connection += more;
    return OpenPostgres(settings);
  }
  std::string Tables() {
    return engine_.Execute(
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace");
  }

  PostgresEngine engine_;
};

TEST_F(PostgresOpen, RefusesAnotherProgramsDatabaseAndLeavesItAsItWas) {
  engine_.Execute("CREATE TABLE theirs (x int)");
  auto opened = Open();
  EXPECT_FAILS(opened, kInvalid);
  EXPECT_NE(opened.error().message.find("another program"), std::string::npos);
  EXPECT_NE(opened.error().message.find(engine_.database()), std::string::npos);
  EXPECT_EQ(Tables(), "1");
}

TEST_F(PostgresOpen, RefusesAStoreOfANewerVersionAndLeavesItAsItWas) {
  ASSERT_OK(Open());
  const std::string tables = Tables();
  engine_.Execute("UPDATE vdiwatch_schema SET version = version + 6");
  auto opened = Open();
  EXPECT_FAILS(opened, kConflict);
  EXPECT_NE(opened.error().message.find("written by a newer vdiwatch"), std::string::npos);
  EXPECT_EQ(Tables(), tables);
  engine_.Execute("UPDATE vdiwatch_schema SET version = version - 6");
  EXPECT_OK(Open());
  EXPECT_EQ(engine_.Execute("SELECT version FROM vdiwatch_schema"), std::to_string(NewestSchema()));
}

TEST_F(PostgresOpen, CollectorsThatStartAtOnceMakeOneSchema) {
  std::vector<std::thread> starts;
  std::atomic<int> failed{0};
  for (int i = 0; i < 6; ++i) {
    starts.emplace_back([&] {
      auto opened = Open();
      if (!opened || !opened->store->EnsurePool("a")) ++failed;
    });
  }
  for (auto& start : starts) start.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(engine_.Execute("SELECT count(*) FROM pool"), "1");
}

TEST_F(PostgresOpen, RefusesADatabaseInAnotherEncoding) {
  auto& server = testing_postgres::SharedServer();
  server.DropDatabase("latin");
  server.Execute("postgres", "CREATE DATABASE latin ENCODING LATIN1 LOCALE 'C' TEMPLATE template0");
  auto opened = OpenPostgres({server.Connection("latin"), {}});
  EXPECT_FAILS(opened, kInvalid);
  EXPECT_NE(opened.error().message.find("LATIN1"), std::string::npos);
  server.DropDatabase("latin");
}

TEST_F(PostgresOpen, SaysThatADatabaseIsReadOnly) {
  auto opened = Open(" options='-c default_transaction_read_only=on'");
  EXPECT_FAILS(opened, kUnavailable);
  EXPECT_NE(opened.error().message.find("read-only"), std::string::npos);
}

TEST_F(PostgresOpen, SaysThatADatabaseBecameReadOnlyAndRecovers) {
  auto opened = Open();
  ASSERT_OK(opened);
  auto alter = [&](const std::string& how) {
    testing_postgres::SharedServer().Execute("postgres",
                                             "ALTER DATABASE " + engine_.database() + how);
  };
  alter(" SET default_transaction_read_only = on");
  engine_.Execute(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
      "WHERE application_name = 'vdiwatch' AND datname = current_database()");
  auto pool = opened->store->EnsurePool("a");
  EXPECT_FAILS(pool, kUnavailable);
  EXPECT_NE(pool.error().message.find("the database is read-only"), std::string::npos);
  EXPECT_OK(opened->store->Pools());
  alter(" RESET default_transaction_read_only");
  EXPECT_OK(opened->store->EnsurePool("a"));
}

TEST_F(PostgresOpen, NamesWhatIsNotThere) {
  auto nowhere = OpenPostgres({"host=/nonexistent dbname=vdiwatch", {}});
  EXPECT_FAILS(nowhere, kUnavailable);
  EXPECT_NE(nowhere.error().message.find("/nonexistent"), std::string::npos);
  EXPECT_EQ(nowhere.error().message.find('\n'), std::string::npos);
  auto& server = testing_postgres::SharedServer();
  auto no_database = OpenPostgres({server.Connection("missing"), {}});
  EXPECT_FAILS(no_database, kUnavailable);
  EXPECT_NE(no_database.error().message.find("\"missing\" does not exist"), std::string::npos);
}

TEST_F(PostgresOpen, TakesThePasswordFromAFileAndNeverTellsIt) {
  ASSERT_OK(Open());  // so that another owns the tables
  engine_.Execute(
      "DROP ROLE IF EXISTS guarded; CREATE ROLE guarded LOGIN SUPERUSER PASSWORD 'hunter2'");
  PostgresSettings settings = engine_.settings();
  settings.connection += " user=guarded";
  EXPECT_FAILS(OpenPostgres(settings), kDenied);
  TemporaryFolder folder;
  settings.password_file = folder.path() / "password";
  EXPECT_FAILS(OpenPostgres(settings), kNotFound);  // there is no such file
  std::ofstream(settings.password_file) << "hunter3\n";
  auto wrong = OpenPostgres(settings);
  EXPECT_FAILS(wrong, kDenied);
  EXPECT_EQ(wrong.error().message.find("hunter"), std::string::npos) << wrong.error().message;
  std::ofstream(settings.password_file) << "hunter2\n";
  EXPECT_OK(OpenPostgres(settings));
  settings.connection += " password=hunter2";
  auto told = OpenPostgres(settings);
  EXPECT_FAILS(told, kInvalid);
  EXPECT_EQ(told.error().message.find("hunter"), std::string::npos) << told.error().message;
  engine_.Execute("DROP ROLE guarded");
}

TEST_F(PostgresOpen, TheAuditLogIsAppendOnlyForEverybody) {
  auto opened = Open();
  ASSERT_OK(opened);
  ASSERT_OK(opened->access->Audit({kStart, "admin", "token.created", "pool a", ""}));
  for (const char* change :
       {"DELETE FROM audit", "UPDATE audit SET actor = 'x'", "TRUNCATE audit"}) {
    std::string refused =
        std::string("DO $$BEGIN ") + change +
        "; RAISE EXCEPTION 'not refused'; EXCEPTION WHEN integrity_constraint_violation THEN NULL; "
        "END$$";
    engine_.Execute(refused);
  }
  EXPECT_EQ(opened->access->AuditLog(10)->size(), 1u);
}

TEST_F(PostgresOpen, WhatIsAcknowledgedIsDurableWhateverTheServerSays) {
  engine_.Execute("ALTER DATABASE " + engine_.database() + " SET synchronous_commit = off");
  auto connection = PostgresConnection::Open(engine_.settings());
  ASSERT_OK(connection);
  auto read = [](Row& row) { return row.Text(); };
  EXPECT_EQ((*connection)->One("SELECT current_setting('synchronous_commit')", read)->value(),
            "on");
}

}  // namespace
}  // namespace vdiwatch::collector
