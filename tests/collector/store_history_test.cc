// Whatever happens to a fleet, what the store counted along the way is what a recount finds.

#include "tests/collector/store_fixtures.h"

namespace vdiwatch::collector {
namespace {

using policy::Grade;

}  // namespace

void HistoryContract::SetUp() {
  StoreContract::SetUp();
  for (const char* name : {"a", "b", "c"}) {
    std::int64_t pool = PoolId(name);
    pools_.push_back(pool);
    for (int i = 0; i < 4; ++i) {
      Grade grade = i % 2 ? Grade::kCompliant : Grade::kNoncompliant;
      profiles_.push_back(AddProfile(pool, name + std::to_string(i), grade));
    }
  }
}

std::size_t HistoryContract::Roll(std::size_t sides) {
  return std::uniform_int_distribution<std::size_t>(0, sides - 1)(random_);
}

void HistoryContract::CommitSome() {
  Changes changes;
  changes.at = now_;
  for (std::size_t left = Roll(8) + 1; left > 0; --left) {
    bool fresh = desktops_.empty() || Roll(4) == 0;
    if (fresh) {
      desktops_.push_back(MakeDesktop("vm-" + std::to_string(desktops_.size()), pools_[0]));
    }
    Desktop& desktop = fresh ? desktops_.back() : desktops_[Roll(desktops_.size())];
    Change(desktop);
    changes.desktops.push_back(desktop);
  }
  ASSERT_OK(db_.store->Commit(changes));
}

void HistoryContract::Change(Desktop& desktop) {
  const Profile& profile = profiles_[Roll(profiles_.size())];
  bool bare = Roll(5) == 0;
  desktop.pool_id = profile.pool_id;
  desktop.profile = bare ? "" : profile.digest;
  desktop.facts_digest = bare ? "" : profile.facts_digest;
  desktop.presence = static_cast<Presence>(Roll(4));
  desktop.last_seen = now_ - static_cast<int>(Roll(5)) * kHour;
}

void HistoryContract::FailSome() {
  Changes changes;
  changes.at = now_;
  changes.desktops = {MakeDesktop("never", pools_[0]), MakeDesktop("never", 4711)};
  EXPECT_FAILS(db_.store->Commit(changes), kConflict);
}

void HistoryContract::SweepSome() {
  std::int64_t pool = pools_[Roll(pools_.size())];
  EXPECT_OK(db_.store->Sweep(pool, now_ - 2 * kHour, now_ - 4 * kHour, now_));
  for (auto& desktop : desktops_) {  // what the sweep wrote is what the next change builds on
    if (desktop.pool_id == pool) desktop = Stored(desktop.id);
  }
}

namespace {

TEST_P(HistoryContract, CountsEqualARecount) {
  for (int step = 0; step < 150; ++step) {
    SCOPED_TRACE(step);
    now_ += kHour / 2;
    std::size_t what = Roll(10);
    if (what == 0) FailSome();
    if (what == 1) SweepSome();
    if (what > 1) CommitSome();
    if (step % 10 == 9) ExpectCountsEqualRecount();
    if (HasFatalFailure()) return;
  }
  for (const auto& desktop : desktops_) ExpectEqual(Stored(desktop.id), desktop);
}

}  // namespace
}  // namespace vdiwatch::collector
