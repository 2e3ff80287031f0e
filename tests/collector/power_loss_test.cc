// The power goes at any write, and the disk keeps of what was not synced what it likes.

#include "tests/collector/power_loss.h"

#include <cstdlib>
#include <iostream>

#include "base/digest.h"
#include "tests/collector/sqlite_files.h"
#include "tests/collector/store_invariants.h"

namespace vdiwatch::collector {
namespace {

constexpr int kBatch = 16;
const std::string kPolicy = DigestText("the policy");
constexpr std::size_t kMostDesktops = 200;

std::uint32_t Seed() {
  const char* given = std::getenv("VDIWATCH_SEED");
  return given ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10)) : 20261122;
}

// A fleet that never stands still, and what it was told is durable.
class RestlessStore {
 public:
  RestlessStore(Database& db, std::uint32_t seed) : db_(db), random_(seed) {
    EXPECT_OK(db_.store->SavePolicySet(kPolicy, "", kStart));
    pool_ = db_.store->EnsurePool("a")->id;
    profile_ = MakeProfile(pool_, "good");
    Changes changes;
    changes.at = kStart;
    changes.policy = kPolicy;
    changes.fact_sets = {{profile_.facts_digest, FactSetTextOf("good")}};
    changes.profiles = {profile_};
    changes.verdicts = {{profile_.digest, policy::Grade::kCompliant, "{}", std::nullopt}};
    EXPECT_OK(db_.store->Commit(changes));
  }

  // One batch of changes; touches, a sweep and a pool's verdict now and then between them.
  void Step() {
    Changes changes;
    changes.at = kStart + Seconds(++round_);
    for (int i = 0; i < kBatch; ++i) Change(random_() % kMostDesktops, changes);
    Touch touch{incarnations_[0].id, desktops_[0].id, incarnations_[0].sequence, changes.at};
    if (round_ % 2) EXPECT_OK(db_.store->TouchAll({&touch, 1}));
    if (round_ % 9 == 0) EXPECT_OK(db_.store->Sweep(pool_, kStart, kStart, changes.at));
    EXPECT_OK(db_.store->Commit(changes));
    told_ = changes.incarnations;
  }
  // The newest batch was acknowledged before the power went.
  void Acknowledge() {
    for (const auto& incarnation : told_) acknowledged_[incarnation.id] = incarnation;
  }
  const std::map<std::int64_t, Incarnation>& acknowledged() const { return acknowledged_; }

 private:
  void Change(std::size_t which, Changes& changes) {
    if (which >= desktops_.size()) {
      which = desktops_.size();
      desktops_.push_back(MakeDesktop("vm-" + std::to_string(which), pool_));
      incarnations_.push_back(MakeIncarnation(desktops_.back()));
    }
    Desktop& desktop = desktops_[which];
    bool judged = random_() % 2;
    desktop.profile = judged ? profile_.digest : "";
    desktop.facts_digest = judged ? profile_.facts_digest : "";
    desktop.presence = static_cast<Presence>(random_() % 3);
    desktop.last_seen = changes.at;
    ++incarnations_[which].sequence;
    changes.desktops.push_back(desktop);
    changes.incarnations.push_back(incarnations_[which]);
  }

  Database& db_;
  std::mt19937 random_;
  std::int64_t pool_ = 0, round_ = 0;
  Profile profile_;
  std::vector<Desktop> desktops_;
  std::vector<Incarnation> incarnations_, told_;
  std::map<std::int64_t, Incarnation> acknowledged_;
};

void ExpectNothingLost(const std::filesystem::path& file, const RestlessStore& store) {
  auto again = OpenSqlite(file);
  ASSERT_OK(again);
  for (const auto& [id, told] : store.acknowledged()) {
    auto stored = again->reader->IncarnationsOf(told.desktop_id);
    ASSERT_OK(stored);
    ASSERT_EQ(stored->size(), 1u);
    EXPECT_GE(stored->front().sequence, told.sequence);  // the batch at hand may be there, too
  }
  EXPECT_EQ(BrokenInvariants(file), std::vector<std::string>());
  EXPECT_OK(again->store->EnsurePool("one more"));
}

// Plays until the power goes; what was lost of what was not synced.
PowerLoss::Loss PlayUntilDark(std::uint32_t seed, std::int64_t writes) {
  TemporaryFolder before, after;
  PowerLoss power(seed);
  auto db = OpenSqlite(before.path() / "vdiwatch.db");
  EXPECT_OK(db);
  RestlessStore store(*db, seed);
  power.GoAfter(writes);
  for (store.Step(); !power.gone(); store.Step()) store.Acknowledge();
  power.WriteRemains(after.path());
  ExpectNothingLost(after.path() / "vdiwatch.db", store);
  return power.loss();
}

TEST(PowerLoss, KeepsWhatWasAcknowledgedAndItsCounts) {
  const std::uint32_t seed = Seed();
  std::cout << "VDIWATCH_SEED=" << seed << "\n";
  std::mt19937 random(seed);
  PowerLoss::Loss all;
  for (int darkness = 0; darkness < 50; ++darkness) {
    SCOPED_TRACE(darkness);
    // Every tenth goes on until the log was copied into the file at least once.
    const std::int64_t most = darkness % 10 == 9 ? 12'000 : 600;
    auto loss =
        PlayUntilDark(random(), std::uniform_int_distribution<std::int64_t>(1, most)(random));
    all.unsynced += loss.unsynced;
    all.lost += loss.lost;
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(all.lost, 0) << "of " << all.unsynced << " writes that were not synced";
}

// The test would see a loss: a disk that also forgets what was synced loses what was acknowledged.
TEST(PowerLoss, ADiskThatLiesIsFoundOut) {
  TemporaryFolder before, after;
  PowerLoss power(7);
  auto db = OpenSqlite(before.path() / "vdiwatch.db");
  ASSERT_OK(db);
  RestlessStore store(*db, 7);
  power.LieFromNowOn();
  for (int i = 0; i < 5; ++i) {
    store.Step();
    store.Acknowledge();
  }
  power.GoAfter(1);
  store.Step();
  power.WriteRemains(after.path());
  auto again = OpenSqlite(after.path() / "vdiwatch.db");
  std::size_t lost = 0;
  for (const auto& [id, told] : store.acknowledged()) {
    auto stored = again ? again->reader->IncarnationsOf(told.desktop_id)
                        : Result<std::vector<Incarnation>>(again.error());
    lost += !stored || stored->empty() || stored->front().sequence < told.sequence;
  }
  EXPECT_GT(lost, 0u);
}

}  // namespace
}  // namespace vdiwatch::collector
