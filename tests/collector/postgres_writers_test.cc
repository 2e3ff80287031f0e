// Several collectors on one database, and a server that goes away under them.

#include <atomic>
#include <random>
#include <thread>

#include "collector/store/postgres.h"
#include "tests/collector/postgres_engine.h"

namespace vdiwatch::collector {
namespace {

using policy::Grade;

class PostgresWriters : public StoreContract {};

// Each writer moves the same desktops between profiles and presences, in an order of its own, while
// sweeps and touches go on: nobody fails for good, and the counts still equal a recount.
TEST_P(PostgresWriters, SeveralCollectorsKeepTheCountsRight) {
  constexpr int kWriters = 3, kRounds = 12;
  std::int64_t pool = PoolId("a");
  std::vector<Profile> profiles = {AddProfile(pool, "good", Grade::kCompliant),
                                   AddProfile(pool, "bad", Grade::kNoncompliant)};
  std::vector<Desktop> desktops;
  std::vector<Incarnation> incarnations;
  for (int i = 0; i < 40; ++i) {
    desktops.push_back(AddDesktop("vm-" + std::to_string(i), pool, nullptr));
    incarnations.push_back(db_.reader->IncarnationsOf(desktops.back().id)->front());
  }
  std::atomic<int> failed{0};
  std::vector<std::thread> writers;
  for (unsigned writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      std::mt19937 random(writer);
      auto db = engine_->Open();
      for (int round = 0; db && round < kRounds; ++round) {
        Changes changes;
        changes.at = kStart + Seconds(round);
        std::vector<Touch> touches;
        for (int i = 0; i < 12; ++i) {
          std::size_t which = random() % desktops.size();
          Desktop desktop = desktops[which];
          desktop.profile = random() % 3 ? profiles[random() % 2].digest : "";
          desktop.presence = static_cast<Presence>(random() % 4);
          changes.desktops.push_back(desktop);
          changes.incarnations.push_back(incarnations[which]);
          touches.push_back({incarnations[which].id, desktop.id, round, kStart + Seconds(round)});
        }
        if (!db->store->Commit(changes) || !db->store->TouchAll(touches)) ++failed;
        if (!db->store->Sweep(pool, kStart + Seconds(round), kStart, changes.at)) ++failed;
        if (!db->store->EnsurePool("pool-" + std::to_string(round))) ++failed;
      }
      if (!db) ++failed;
    });
  }
  for (auto& writer : writers) writer.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(db_.store->Pools()->size(), static_cast<std::size_t>(kRounds + 1));
  ExpectCountsEqualRecount();
}

TEST_P(PostgresWriters, OnlyOneCollectorSweepsAPool) {
  std::int64_t pool = PoolId("a");
  AddDesktop("silent", pool, nullptr);
  auto& engine = static_cast<PostgresEngine&>(*engine_);
  auto other = PostgresConnection::Open(engine.settings());
  ASSERT_OK(other);
  ASSERT_OK((*other)->Script("BEGIN"));
  ASSERT_OK((*other)->One((*other)->dialect().lease, [](Row& row) { return row.Integer(); }, pool));
  EXPECT_EQ(*db_.store->Sweep(pool, kStart + kHour, kStart, kStart + kHour), 0);
  ASSERT_OK((*other)->Script("COMMIT"));
  EXPECT_EQ(*db_.store->Sweep(pool, kStart + kHour, kStart, kStart + kHour), 1);
}

TEST_P(PostgresWriters, AWaitForALockEnds) {
  std::int64_t pool = PoolId("a");
  Desktop desktop = AddDesktop("vm-1", pool, nullptr);
  auto& engine = static_cast<PostgresEngine&>(*engine_);
  auto other = PostgresConnection::Open(engine.settings());
  ASSERT_OK(other);
  ASSERT_OK((*other)->Script("SET lock_timeout = '50ms'"));
  auto holder = PostgresConnection::Open(engine.settings());
  ASSERT_OK(holder);
  ASSERT_OK((*holder)->Script("BEGIN; UPDATE desktop SET os = os"));
  auto waited = (*other)->Run("UPDATE desktop SET os = 'linux' WHERE id = ?1", desktop.id);
  EXPECT_FAILS(waited, kUnavailable);
  EXPECT_NE(waited.error().message.find("lock"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Postgres, PostgresWriters, testing::Values(PostgresCase()));

// What was acknowledged before SIGKILL is there after it, and the same store goes on by itself.
TEST(PostgresCrash, KeepsWhatWasAcknowledgedAndRecovers) {
  testing_postgres::Server server(testing_postgres::Server::Sync::kOn);
  PostgresEngine engine(server);
  auto db = engine.Open();
  ASSERT_OK(db);
  std::int64_t pool = db->store->EnsurePool("a")->id;
  std::int64_t acknowledged = 0;
  for (int crash = 0; crash < 3; ++crash) {
    std::atomic<std::int64_t> committed{0};
    std::thread writer([&] {
      while (true) {
        Changes changes;
        for (int i = 0; i < 8; ++i) changes.desktops.push_back(MakeDesktop("vm", pool));
        auto stored = db->store->Commit(changes);
        if (!stored) {
          EXPECT_EQ(stored.error().kind, ErrorKind::kUnavailable) << stored.error().message;
          return;
        }
        committed += 8;
      }
    });
    while (committed < 80 * (crash + 1)) std::this_thread::yield();
    server.Kill();
    writer.join();
    acknowledged += committed;
    EXPECT_FAILS(db->store->Pools(), kUnavailable);
    server.Start();
    auto pools = db->reader->PoolSummaries();  // no restart of ours is needed
    ASSERT_OK(pools);
    EXPECT_GE(pools->front().desktops, acknowledged);
    EXPECT_LE(pools->front().desktops, acknowledged + 8);  // the commit whose answer was lost
    acknowledged = pools->front().desktops;
    EXPECT_EQ(server.Execute(engine.database(), "SELECT count(*) FROM desktop"),
              std::to_string(acknowledged));
  }
}

}  // namespace
}  // namespace vdiwatch::collector
