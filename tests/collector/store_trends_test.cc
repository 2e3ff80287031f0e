// The contract of days and of what changed since.

#include "collector/store/trend_store.h"
#include "tests/collector/store_contract.h"

namespace vdiwatch::collector {
namespace {

using policy::Grade;

constexpr Seconds kDay{86'400};
const Time kMorning = DayOf(kStart) + Seconds(8 * 3600);

using Counts = std::map<Grade, std::int64_t>;

void Turn(Store& store, std::int64_t pool, const std::string& policy, Grade grade, Time at) {
  const PoolChange change{pool, {grade, at, {}}, R"([{"text":"why"}])", true};
  ASSERT_OK(store.CommitPools(std::span(&change, 1), policy, {}, at));
}

TEST_P(StoreContract, ADayKeepsHowEveryPoolStood) {
  const std::int64_t a = PoolId("a"), b = PoolId("b");
  const Profile good = AddProfile(a, "good", Grade::kCompliant);
  const Profile bad = AddProfile(b, "bad", Grade::kNoncompliant);
  AddDesktop("a-1", a, &good);
  Desktop stale = AddDesktop("a-2", a, &good);
  stale.presence = Presence::kStale;
  Save(stale);
  AddDesktop("a-3", a, nullptr);
  AddDesktop("b-1", b, &bad);
  Turn(*db_.store, b, policy_, Grade::kNoncompliant, kMorning);
  ASSERT_OK(db_.trends->RecordDay(kMorning, kMorning - 90 * kDay));

  const auto days = db_.trends->PoolDays({b, a}, kMorning);
  ASSERT_OK(days);
  ASSERT_EQ(days->size(), 2u);
  EXPECT_EQ((*days)[0].pool, "b");
  EXPECT_EQ((*days)[0].grade, Grade::kNoncompliant);
  EXPECT_EQ((*days)[0].desktops, (Counts{{Grade::kNoncompliant, 1}}));
  EXPECT_EQ((*days)[1].pool, "a");
  EXPECT_EQ((*days)[1].day, DayOf(kMorning));
  EXPECT_EQ((*days)[1].grade, Grade::kUnknown) << "it was not judged";
  EXPECT_EQ((*days)[1].desktops, (Counts{{Grade::kCompliant, 1}, {Grade::kUnknown, 2}}));
  EXPECT_EQ((*days)[1].reporting, 2) << "all but the stale one";
  EXPECT_EQ((*days)[1].total(), 3);

  const auto fleet = db_.trends->FleetDays(kMorning);
  ASSERT_OK(fleet);
  ASSERT_EQ(fleet->size(), 1u);
  EXPECT_EQ(fleet->front().day, DayOf(kMorning));
  EXPECT_EQ(fleet->front().reporting, 3);
  EXPECT_EQ(fleet->front().desktops,
            (Counts{{Grade::kCompliant, 1}, {Grade::kUnknown, 2}, {Grade::kNoncompliant, 1}}));
  EXPECT_EQ(fleet->front().pools, (Counts{{Grade::kUnknown, 1}, {Grade::kNoncompliant, 1}}));
}

TEST_P(StoreContract, ADayIsWrittenOverUntilItEndsAndForgottenWhenItIsOld) {
  const std::int64_t pool = PoolId("a");
  const Profile good = AddProfile(pool, "good", Grade::kCompliant);
  const Time keep = kMorning - 2 * kDay;
  ASSERT_OK(db_.trends->RecordDay(kMorning - 3 * kDay, keep));
  ASSERT_OK(db_.trends->RecordDay(kMorning, keep));
  AddDesktop("a-1", pool, &good);
  ASSERT_OK(db_.trends->RecordDay(kMorning + kHour, keep));
  ASSERT_OK(db_.trends->RecordDay(kMorning + kDay, keep));
  const auto days = db_.trends->PoolDays({pool}, kMorning - 30 * kDay);
  ASSERT_OK(days);
  ASSERT_EQ(days->size(), 2u);
  EXPECT_EQ((*days)[0].day, DayOf(kMorning));
  EXPECT_EQ((*days)[0].total(), 1) << "as the day was written down last";
  EXPECT_EQ((*days)[1].day, DayOf(kMorning) + kDay);
  const auto fleet = db_.trends->FleetDays(kMorning + kDay);
  ASSERT_OK(fleet);
  EXPECT_EQ(fleet->size(), 1u) << "from that day on";
}

TEST_P(StoreContract, DaysOfSomePoolsAreAddedUpAsTheyAreStored) {
  const std::int64_t a = PoolId("a"), b = PoolId("b"), c = PoolId("c");
  const Profile good = AddProfile(a, "good", Grade::kCompliant);
  const Profile bad = AddProfile(b, "bad", Grade::kNoncompliant);
  const Profile other = AddProfile(c, "other", Grade::kConditional);
  AddDesktop("a-1", a, &good);
  AddDesktop("b-1", b, &bad);
  AddDesktop("c-1", c, &other);
  Turn(*db_.store, b, policy_, Grade::kNoncompliant, kMorning - 9 * kDay);
  ASSERT_OK(db_.trends->RecordDay(kMorning - 3 * kDay, {}));
  AddDesktop("a-2", a, &good);
  ASSERT_OK(db_.trends->RecordDay(kMorning - 2 * kDay, {}));
  ASSERT_OK(db_.trends->RecordDay(kMorning, {}));
  const auto totals = [&](std::vector<std::int64_t> pools, Time from) {
    std::vector<std::int64_t> reporting;
    const auto days = db_.trends->DaysTogether(std::move(pools), from);
    EXPECT_OK(days);
    for (const FleetDay& day : *days) reporting.push_back(day.reporting);
    return reporting;
  };
  using Totals = std::vector<std::int64_t>;
  for (int again = 0; again < 2; ++again) {
    const auto days = db_.trends->DaysTogether({b, a, 4711}, kMorning - 30 * kDay);
    ASSERT_OK(days);
    ASSERT_EQ(days->size(), 3u);
    EXPECT_EQ((*days)[0].day, DayOf(kMorning) - 3 * kDay);
    EXPECT_EQ((*days)[1].desktops, (Counts{{Grade::kCompliant, 2}, {Grade::kNoncompliant, 1}}));
    EXPECT_EQ((*days)[1].pools, (Counts{{Grade::kUnknown, 1}, {Grade::kNoncompliant, 1}}));
    EXPECT_EQ(totals({c, a, b}, kMorning - 30 * kDay), Totals({3, 4, 4}));
    EXPECT_EQ(totals({c}, kMorning - 2 * kDay), Totals({1, 1}));
    EXPECT_EQ(totals({4711}, kMorning - 30 * kDay), Totals());
  }
  AddDesktop("a-3", a, &good);
  ASSERT_OK(db_.trends->RecordDay(kMorning + kHour, {}));
  EXPECT_EQ(totals({a}, kMorning - 30 * kDay), Totals({1, 2, 3})) << "today is written over";
  ASSERT_OK(db_.trends->RecordDay(kMorning - 2 * kDay, {}));
  EXPECT_EQ(totals({a}, kMorning - 30 * kDay), Totals({1, 3, 3}))
      << "and so is a day of a past clock";
  ASSERT_OK(db_.trends->RecordDay(kMorning, kMorning - kDay));
  EXPECT_EQ(totals({a}, kMorning - 30 * kDay), Totals({3})) << "the others are forgotten";
}

TEST_P(StoreContract, PoolsAreToldAsTheyWereWhenTheLastDayEnded) {
  const std::int64_t pool = PoolId("a");
  const Profile good = AddProfile(pool, "good", Grade::kCompliant);
  EXPECT_EQ(db_.trends->PoolsBefore(kMorning)->size(), 0u);
  ASSERT_OK(db_.trends->RecordDay(kMorning - 4 * kDay, {}));
  AddDesktop("a-1", pool, &good);
  ASSERT_OK(db_.trends->RecordDay(kMorning, {}));
  auto before = db_.trends->PoolsBefore(kMorning);
  ASSERT_OK(before);
  ASSERT_EQ(before->size(), 1u) << "today is not over";
  EXPECT_EQ(before->front().total(), 0);
  EXPECT_EQ(db_.trends->PoolsBefore(kMorning + kDay)->front().total(), 1);
}

TEST_P(StoreContract, TurnsComeNewestFirstAndInPages) {
  const std::int64_t a = PoolId("a"), b = PoolId("b");
  Turn(*db_.store, a, policy_, Grade::kCompliant, kStart);
  Turn(*db_.store, a, policy_, Grade::kNoncompliant, kStart + kHour);
  Turn(*db_.store, b, policy_, Grade::kConditional, kStart + kHour);
  auto page = db_.trends->TurnsSince(kStart + Seconds(1), {}, 1);
  ASSERT_OK(page);
  ASSERT_EQ(page->size(), 1u);
  const PoolTurn newest = page->front();
  EXPECT_EQ(newest.pool, "b");
  EXPECT_EQ(newest.pool_id, b);
  EXPECT_EQ(newest.at, kStart + kHour);
  EXPECT_EQ(newest.to, Grade::kConditional);
  EXPECT_EQ(newest.policy, policy_);
  EXPECT_EQ(newest.reasons, R"([{"text":"why"}])");
  page = db_.trends->TurnsSince(kStart + Seconds(1), std::pair(newest.at, newest.id), 10);
  ASSERT_OK(page);
  ASSERT_EQ(page->size(), 1u) << "the first one was before";
  EXPECT_EQ(page->front().from, Grade::kCompliant);
  EXPECT_EQ(page->front().to, Grade::kNoncompliant);
}

}  // namespace
}  // namespace vdiwatch::collector
