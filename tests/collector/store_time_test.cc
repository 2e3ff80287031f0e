// The contract of what time does to the fleet: touches and sweeps.

#include "base/digest.h"
#include "tests/collector/store_contract.h"

namespace vdiwatch::collector {
namespace {

using policy::Grade;

TEST_P(StoreContract, ATouchMovesLastSeenAndSequenceForwardOnly) {
  Desktop desktop = AddDesktop("vm-1", PoolId("a"), nullptr);
  Incarnation incarnation = db_.reader->IncarnationsOf(desktop.id)->front();
  auto touch = [&](std::int64_t sequence, Seconds after) {
    Touch touch{incarnation.id, desktop.id, sequence, kStart + after};
    EXPECT_OK(db_.store->TouchAll({&touch, 1}));
    return *Find(incarnation).incarnation;
  };
  Incarnation touched = touch(5, Seconds(60));
  EXPECT_EQ(touched.sequence, 5);
  EXPECT_EQ(touched.last_seen, kStart + Seconds(60));
  EXPECT_EQ(Stored(desktop.id).last_seen, kStart + Seconds(60));
  EXPECT_EQ(touch(6, Seconds(60)).sequence, 6);  // two in one second

  // What a new boot wrote meanwhile is not undone by a touch of the one before.
  touched.boot_id = "next boot";
  touched.sequence = 1;
  touched.last_seen = kStart + Seconds(120);
  Save(touched);
  ExpectEqual(touch(7, Seconds(90)), touched);
}

TEST_P(StoreContract, TouchesOfUnknownIdsAndNoTouchesAreHarmless) {
  EXPECT_OK(db_.store->TouchAll({}));
  Touch touch{RandomId(), RandomId(), 1, kStart};
  EXPECT_OK(db_.store->TouchAll({&touch, 1}));
}

TEST_P(StoreContract, SilenceMakesStaleAndThenRetired) {
  std::int64_t pool = PoolId("a");
  Profile profile = AddProfile(pool, "good", Grade::kCompliant);
  Desktop silent = AddDesktop("silent", pool, &profile);
  Desktop fresh = AddDesktop("fresh", pool, &profile);
  fresh.last_seen = kStart + 3 * kHour;
  Save(fresh);
  Time now = kStart + 4 * kHour;

  EXPECT_EQ(*db_.store->Sweep(pool, now - 2 * kHour, now - 24 * kHour, now), 1);
  EXPECT_EQ(Stored(silent.id).presence, Presence::kStale);
  EXPECT_EQ(Stored(fresh.id).presence, Presence::kLive);
  EXPECT_EQ(CountOf(pool, profile.digest, Presence::kStale), 1);
  EXPECT_EQ(*db_.store->Sweep(pool, now - 2 * kHour, now - 24 * kHour, now), 0);

  now += 24 * kHour;
  EXPECT_EQ(*db_.store->Sweep(pool, now - 2 * kHour, now - 24 * kHour, now), 2);
  EXPECT_EQ(Stored(silent.id).presence, Presence::kRetired);
  EXPECT_EQ(Stored(fresh.id).presence, Presence::kStale);
  EXPECT_EQ(CountOf(pool, profile.digest, Presence::kStale), 1);
  ExpectCountsEqualRecount();

  auto log = db_.reader->TransitionsOf(silent.id, 10);
  ASSERT_EQ(log->size(), 3u);
  EXPECT_EQ(log->at(0).presence, Presence::kRetired);
  EXPECT_EQ(log->at(0).at, now);
  EXPECT_EQ(log->at(1).presence, Presence::kStale);
}

TEST_P(StoreContract, OffIsNotStaleButRetiresInTheEnd) {
  std::int64_t pool = PoolId("a");
  Desktop off = AddDesktop("off", pool, nullptr);
  off.presence = Presence::kOff;
  Save(off);
  EXPECT_EQ(*db_.store->Sweep(pool, kStart + kHour, kStart, kStart + kHour), 0);
  EXPECT_EQ(*db_.store->Sweep(pool, kStart + kHour, kStart + kHour, kStart + kHour), 1);
  EXPECT_EQ(Stored(off.id).presence, Presence::kRetired);
  EXPECT_TRUE(db_.store->Counts(pool)->empty());
}

TEST_P(StoreContract, ASweepIsOfOnePool) {
  std::int64_t a = PoolId("a"), b = PoolId("b");
  Desktop mine = AddDesktop("mine", a, nullptr), other = AddDesktop("other", b, nullptr);
  EXPECT_EQ(*db_.store->Sweep(a, kStart + kHour, kStart, kStart + kHour), 1);
  EXPECT_EQ(Stored(mine.id).presence, Presence::kStale);
  EXPECT_EQ(Stored(other.id).presence, Presence::kLive);
}

TEST_P(StoreContract, ASweepTakesMoreThanOneStep) {
  std::int64_t pool = PoolId("a");
  Changes changes;
  for (int i = 0; i < 1203; ++i) {
    changes.desktops.push_back(MakeDesktop("vm-" + std::to_string(i), pool));
  }
  ASSERT_OK(db_.store->Commit(changes));
  EXPECT_EQ(*db_.store->Sweep(pool, kStart + kHour, kStart, kStart + kHour), 1203);
  EXPECT_EQ(CountOf(pool, "", Presence::kStale), 1203);
  EXPECT_EQ(CountOf(pool, "", Presence::kLive), 0);
}

}  // namespace
}  // namespace vdiwatch::collector
