// What reaches the disk, when, and what happens when it is full.

#include "tests/collector/sqlite_disk.h"

#include "base/digest.h"
#include "collector/store/access_store.h"
#include "tests/collector/sqlite_files.h"

namespace vdiwatch::collector {
namespace {

class SqliteDisk : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = engine_.Open();
    ASSERT_OK(opened);
    db_ = *std::move(opened);
    pool_ = db_.store->EnsurePool("a")->id;
  }
  Changes OneDesktop(const std::string& host) {
    Changes changes;
    changes.at = kStart;
    changes.desktops = {MakeDesktop(host, pool_)};
    changes.incarnations = {MakeIncarnation(changes.desktops[0])};
    return changes;
  }

  WatchedDisk disk_;
  SqliteEngine engine_;
  Database db_;
  std::int64_t pool_ = 0;
};

TEST_F(SqliteDisk, ACommitSyncsATouchDoesNotAndTheNextCommitSyncsAgain) {
  Changes changes = OneDesktop("vm-1");
  std::int64_t before = disk_.syncs();
  ASSERT_OK(db_.store->Commit(changes));
  EXPECT_GE(disk_.syncs(), before + 1);

  Touch touch{changes.incarnations[0].id, changes.desktops[0].id, 2, kStart + kHour};
  before = disk_.syncs();
  for (int i = 0; i < 20; ++i) {
    touch.seen += Seconds(1);
    ASSERT_OK(db_.store->TouchAll({&touch, 1}));
  }
  EXPECT_EQ(disk_.syncs(), before);
  EXPECT_EQ(db_.reader->DesktopById(touch.desktop_id)->desktop.last_seen, touch.seen);

  for (int i = 0; i < 3; ++i) {
    before = disk_.syncs();
    ASSERT_OK(db_.store->Commit(OneDesktop("next-" + std::to_string(i))));
    EXPECT_GE(disk_.syncs(), before + 1);
  }
}

TEST_F(SqliteDisk, EveryOtherWriteSyncsToo) {
  Touch touch{1, 1, 1, kStart};
  std::int64_t before = 0;
  auto after_touch = [&] {
    ASSERT_OK(db_.store->TouchAll({&touch, 1}));
    before = disk_.syncs();
  };
  after_touch();
  ASSERT_OK(db_.store->EnsurePool("b"));
  EXPECT_GT(disk_.syncs(), before);
  after_touch();
  ASSERT_OK(db_.access->Audit({kStart, "admin", "x", "y", ""}));
  EXPECT_GT(disk_.syncs(), before);
  after_touch();
  EnrolToken token;
  token.hash = Sha256("secret");
  token.pool_id = pool_;
  ASSERT_OK(db_.store->SaveEnrolToken(token));
  EXPECT_GT(disk_.syncs(), before);
}

TEST_F(SqliteDisk, AFullDiskRefusesNewStateAndLosesNone) {
  ASSERT_OK(db_.store->Commit(OneDesktop("before")));
  disk_.SetRoom(64 << 10);
  int kept = 0;
  Result<void> committed;
  for (; kept < 1000 && committed; kept += committed ? 1 : 0) {
    committed = db_.store->Commit(OneDesktop("vm-" + std::to_string(kept)));
  }
  ASSERT_FALSE(committed.has_value());
  EXPECT_EQ(committed.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(committed.error().message, engine_.file().string() + ": the disk is full");

  // Reads go on, and so do writes once there is room again.
  EXPECT_EQ(db_.reader->PoolSummaries()->front().desktops, kept + 1);
  EXPECT_FAILS(db_.store->Commit(OneDesktop("still full")), kUnavailable);
  disk_.SetRoom(-1);
  EXPECT_OK(db_.store->Commit(OneDesktop("after")));

  db_ = {};
  auto again = engine_.Open();
  ASSERT_OK(again);
  EXPECT_EQ(again->reader->PoolSummaries()->front().desktops, kept + 2);
  EXPECT_EQ(again->reader->Desktops({.limit = 5000})->size(), static_cast<std::size_t>(kept + 2));
}

TEST(SqliteFullDisk, OpeningANewFileSaysSo) {
  WatchedDisk disk;
  SqliteEngine engine;
  disk.SetRoom(0);
  auto opened = engine.Open();
  EXPECT_FAILS(opened, kUnavailable);
  EXPECT_EQ(opened.error().message, engine.file().string() + ": the disk is full");
}

}  // namespace
}  // namespace vdiwatch::collector
