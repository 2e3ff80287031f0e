// The contract of FleetSnapshot: what a plan reads.

#include <algorithm>
#include <future>
#include <map>

#include "tests/collector/store_fixtures.h"

namespace vdiwatch::collector {
namespace {

using policy::Grade;
using Counts = std::map<Standing, std::int64_t>;

Counts AsMap(const std::vector<StandingCount>& all) {
  Counts counts;
  for (const auto& count : all) counts[count.standing] += count.desktops;
  return counts;
}

void Apply(Counts& counts, const Standing& standing, std::int64_t desktops) {
  if (standing.presence == Presence::kRetired) return;
  if ((counts[standing] += desktops) == 0) counts.erase(standing);
}

struct Replayed {
  PastFleet past;
  std::vector<Move> moves;
  Counts now;
};

Result<Replayed> ReplaySince(FleetReader& reader, Time since) {
  Replayed replayed;
  RETURN_IF_ERROR(reader.OnSnapshot([&](FleetSnapshot& snapshot) -> Result<void> {
    ASSIGN_OR_RETURN(auto counts, snapshot.Counts());
    replayed.now = AsMap(counts);
    return snapshot.Replay(
        since,
        [&](const PastFleet& past) -> Result<void> {
          replayed.past = past;
          return {};
        },
        [&](const Move& move) -> Result<void> {
          replayed.moves.push_back(move);
          return {};
        });
  }));
  return replayed;
}

TEST_P(FleetReaderContract, ASnapshotTellsPoolsProfilesAndCounts) {
  Desktop live = Add("1", a_, &good_, Presence::kLive);
  Add("2", a_, &good_, Presence::kStale);
  Add("3", a_, &good_, Presence::kRetired);
  Add("4", b_, nullptr, Presence::kOff);
  std::map<std::string, std::int64_t> ids;
  std::vector<NamedDesktop> names;
  Counts counts;
  EXPECT_OK(db_.reader->OnSnapshot([&](FleetSnapshot& snapshot) -> Result<void> {
    ASSIGN_OR_RETURN(auto pools, snapshot.Pools());
    EXPECT_EQ(pools.size(), 2u);
    RETURN_IF_ERROR(snapshot.EachProfile([&](const StoredProfile& stored) -> Result<void> {
      ids[stored.profile.digest] = stored.id;
      if (stored.profile.digest == good_.digest) {
        EXPECT_EQ(stored.profile.pool_id, a_);
        EXPECT_EQ(stored.profile.facts_digest, good_.facts_digest);
        EXPECT_EQ(stored.fact_set, FactSetTextOf("good"));
      }
      return {};
    }));
    ASSIGN_OR_RETURN(auto all, snapshot.Counts());
    counts = AsMap(all);
    ASSIGN_OR_RETURN(names, snapshot.DesktopsOf(ids[good_.digest], 5));
    return {};
  }));
  EXPECT_EQ(ids.size(), 3u);
  EXPECT_EQ(counts, (Counts{{{a_, ids[good_.digest], Presence::kLive}, 1},
                            {{a_, ids[good_.digest], Presence::kStale}, 1},
                            {{b_, std::nullopt, Presence::kOff}, 1}}));
  ASSERT_EQ(names.size(), 1u) << "neither the stale nor the retired one";
  EXPECT_EQ(names[0].id, live.id);
  EXPECT_EQ(names[0].host_name, "1");
}

TEST_P(FleetReaderContract, AVisitorsErrorEndsTheReading) {
  auto stopped = db_.reader->OnSnapshot([&](FleetSnapshot& snapshot) {
    return snapshot.EachProfile(
        [](const StoredProfile&) -> Result<void> { return Unavailable("enough"); });
  });
  EXPECT_FAILS(stopped, kUnavailable);
  EXPECT_OK(db_.reader->PoolSummaries());  // the reader is usable afterwards
}

TEST_P(FleetReaderContract, ASnapshotStandsStillWhileCommitsGoOn) {
  Add("1", a_, &good_, Presence::kLive);
  EXPECT_OK(db_.reader->OnSnapshot([&](FleetSnapshot& snapshot) -> Result<void> {
    ASSIGN_OR_RETURN(auto before, snapshot.Counts());
    std::async(std::launch::async, [&] { Add("2", a_, &bad_, Presence::kLive); }).get();
    ASSIGN_OR_RETURN(auto after, snapshot.Counts());
    EXPECT_EQ(AsMap(before), AsMap(after));
    return {};
  }));
  EXPECT_EQ(ReplaySince(*db_.reader, kStart)->now.size(), 2u);
}

TEST_P(FleetReaderContract, AReplayLeadsFromThePastToNow) {
  Desktop first = AddDesktop("1", a_, &good_);
  Desktop second = AddDesktop("2", a_, &bad_);
  first.profile = bad_.digest;
  Save(first, kStart + kHour);
  second.presence = Presence::kRetired;
  Save(second, kStart + 2 * kHour);
  auto replayed = ReplaySince(*db_.reader, kStart);
  ASSERT_OK(replayed);
  EXPECT_EQ(replayed->past.moves, 2);
  ASSERT_EQ(replayed->moves.size(), 2u);
  const Move& move = replayed->moves[0];
  EXPECT_EQ(move.at, kStart + kHour);
  ASSERT_TRUE(move.from);
  EXPECT_NE(move.from->profile_id, move.to.profile_id);
  EXPECT_EQ(AsMap(replayed->past.counts),
            (Counts{{*move.from, 1}, {{a_, move.to.profile_id, Presence::kLive}, 1}}));
  EXPECT_EQ(replayed->moves[1].to.presence, Presence::kRetired);
  EXPECT_EQ(replayed->now, (Counts{{move.to, 1}}));

  auto whole = ReplaySince(*db_.reader, kStart - kHour);
  ASSERT_OK(whole);
  EXPECT_TRUE(whole->past.counts.empty());
  EXPECT_FALSE(whole->moves.at(0).from) << "it was not there before";
  auto nothing = ReplaySince(*db_.reader, kStart + 3 * kHour);
  ASSERT_OK(nothing);
  EXPECT_EQ(nothing->past.moves, 0);
  EXPECT_EQ(AsMap(nothing->past.counts), nothing->now);
}

TEST_P(FleetReaderContract, AReplayTellsHowPoolsStood) {
  auto turn = [&](Grade grade, Time at) {
    PoolChange change{a_, {grade, at, {}}, "[]", true};
    EXPECT_OK(db_.store->CommitPools({&change, 1}, policy_, {}, at));
  };
  turn(Grade::kCompliant, kStart);
  turn(Grade::kNoncompliant, kStart + kHour);
  turn(Grade::kUnknown, kStart + 2 * kHour);
  auto replayed = ReplaySince(*db_.reader, kStart + kHour);
  ASSERT_OK(replayed);
  ASSERT_EQ(replayed->past.pools.size(), 1u) << "pool b was never judged";
  EXPECT_EQ(replayed->past.pools.at(a_).grade, Grade::kNoncompliant);
  EXPECT_EQ(replayed->past.pools.at(a_).since, kStart + kHour);
}

TEST_P(HistoryContract, EveryReplayEndsAtTheCountsOfNow) {
  std::vector<std::pair<Time, Counts>> snapshots;
  for (int step = 0; step < 60; ++step) {
    now_ += kHour / 2;
    std::size_t what = Roll(10);
    if (what == 0) FailSome();
    if (what == 1) SweepSome();
    if (what > 1) CommitSome();
    if (step % 7 == 0) snapshots.emplace_back(now_, ReplaySince(*db_.reader, now_)->now);
    if (HasFatalFailure()) return;
  }
  for (const auto& [since, then] : snapshots) {
    SCOPED_TRACE(FormatTime(since));
    auto replayed = ReplaySince(*db_.reader, since);
    ASSERT_OK(replayed);
    Counts counts = AsMap(replayed->past.counts);
    EXPECT_EQ(counts, then);
    EXPECT_EQ(replayed->past.moves, static_cast<std::int64_t>(replayed->moves.size()));
    for (const Move& move : replayed->moves) {
      if (move.from) Apply(counts, *move.from, -1);
      Apply(counts, move.to, 1);
      EXPECT_GT(move.at, since);
    }
    EXPECT_EQ(counts, replayed->now);
  }
}

}  // namespace
}  // namespace vdiwatch::collector
