// The contract of FeedReader.

#include <algorithm>
#include <map>
#include <set>

#include "collector/store/feed_reader.h"
#include "tests/collector/store_fixtures.h"

namespace vdiwatch::collector {
namespace {

using policy::Grade;
using Grades = std::vector<std::optional<Grade>>;

constexpr Time kEnd = kStart + 100'000 * kHour;

// Follows the feed page by page until nothing more comes.
std::vector<FeedEvent> Follow(FeedReader& feed, FeedCursor& cursor, std::int64_t limit,
                              Time before = kEnd) {
  std::vector<FeedEvent> events;
  for (;;) {
    auto page = feed.EventsAfter(cursor, before, limit);
    EXPECT_OK(page);
    if (!page) return events;
    EXPECT_LE(std::ssize(page->events), limit);
    std::ranges::move(page->events, std::back_inserter(events));
    cursor = page->next;
    if (!page->more) return events;
  }
}

Changes VerdictOn(const Profile& profile, Grade grade, const std::string& policy, Time at) {
  Changes changes;
  changes.at = at;
  changes.policy = policy;
  changes.verdicts = {{profile.digest, grade, R"({"grade":"x"})", {}}};
  return changes;
}

// Each event's grade before must be the one that the desktop's last event left it with.
void ExpectChains(const std::vector<FeedEvent>& events) {
  std::map<std::int64_t, std::optional<Grade>> now;
  std::set<std::string> ids;
  for (const FeedEvent& event : events) {
    EXPECT_TRUE(ids.insert(event.id).second) << event.id;
    if (event.desktop_id == 0) continue;
    EXPECT_EQ(now[event.desktop_id], event.from) << event.id;
    EXPECT_NE(event.from, event.to) << event.id;
    now[event.desktop_id] = event.to;
  }
}

// What the reader tells of one desktop, oldest first, without what changes nothing.
Grades GradesOf(FleetReader& reader, std::int64_t desktop_id) {
  auto transitions = reader.TransitionsOf(desktop_id, 100'000);
  EXPECT_OK(transitions);
  Grades grades = {std::nullopt};
  for (auto one = transitions->rbegin(); one != transitions->rend(); ++one) {
    std::optional<Grade> grade = one->grade;
    if (one->presence == Presence::kRetired) grade.reset();
    if (one->presence == Presence::kStale) grade = Grade::kUnknown;
    if (grade != grades.back()) grades.push_back(grade);
  }
  return grades;
}

TEST_P(FleetReaderContract, TheFeedTellsOfDesktopsThatComeMoveAndGo) {
  Desktop desktop = Add("one", a_, &good_, Presence::kLive);
  desktop.presence = Presence::kOff;
  Save(desktop, kStart + kHour);  // off keeps its grade
  desktop.profile = bad_.digest;
  desktop.facts_digest = bad_.facts_digest;
  Save(desktop, kStart + 2 * kHour);
  desktop.presence = Presence::kStale;
  Save(desktop, kStart + 3 * kHour);
  desktop.presence = Presence::kRetired;
  Save(desktop, kStart + 4 * kHour);
  FeedCursor cursor;
  const auto events = Follow(*db_.feed, cursor, 100);
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].from, std::nullopt);
  EXPECT_EQ(events[0].to, Grade::kCompliant);
  EXPECT_EQ(events[1].at, kStart + 2 * kHour);
  EXPECT_EQ(events[1].from, Grade::kCompliant);
  EXPECT_EQ(events[1].to, Grade::kNoncompliant);
  EXPECT_EQ(events[1].host_name, "one");
  EXPECT_EQ(events[1].pool, "a");
  EXPECT_EQ(events[1].presence, Presence::kOff);
  EXPECT_EQ(events[1].policy, policy_);
  EXPECT_EQ(events[1].verdict, R"({"grade":"bad"})");
  EXPECT_EQ(events[2].to, Grade::kUnknown);
  EXPECT_EQ(events[2].verdict, "");
  EXPECT_EQ(events[3].from, Grade::kUnknown);
  EXPECT_EQ(events[3].to, std::nullopt);
  EXPECT_TRUE(Follow(*db_.feed, cursor, 100).empty());
}

TEST_P(FleetReaderContract, TheFeedTellsOfEveryDesktopUnderAVerdictThatChanges) {
  std::set<std::int64_t> members;
  for (int i = 0; i < 7; ++i) {
    members.insert(Add("in-" + std::to_string(i), a_, &good_, Presence::kLive).id);
  }
  Add("stale", a_, &good_, Presence::kStale);
  Add("elsewhere", a_, &bad_, Presence::kLive);
  Desktop gone = Add("moved away since", a_, &good_, Presence::kOff);
  members.insert(gone.id);
  FeedCursor cursor;
  Follow(*db_.feed, cursor, 100);
  const Time at = kStart + kHour;
  ASSERT_OK(db_.store->Commit(VerdictOn(good_, Grade::kNoncompliant, policy_, at)));
  gone.profile = bad_.digest;
  gone.facts_digest = bad_.facts_digest;
  Save(gone, at + kHour);  // from noncompliant to noncompliant: nothing to tell
  const auto events = Follow(*db_.feed, cursor, 3);
  std::set<std::int64_t> told;
  for (const FeedEvent& event : events) {
    EXPECT_EQ(event.from, Grade::kCompliant);
    EXPECT_EQ(event.to, Grade::kNoncompliant);
    EXPECT_EQ(event.at, at);
    EXPECT_TRUE(told.insert(event.desktop_id).second) << event.host_name;
  }
  EXPECT_EQ(told, members);
}

TEST_P(FleetReaderContract, TheFeedTellsOfPoolsWithTheirReasons) {
  PoolChange change;
  change.pool_id = a_;
  change.reasons = R"([{"rule":"r"}])";
  change.state.grade = Grade::kNoncompliant;
  change.state.since = kStart;
  change.grade_changed = true;
  ASSERT_OK(db_.store->CommitPools({&change, 1}, policy_, {}, kStart + kHour));
  FeedCursor cursor;
  const auto events = Follow(*db_.feed, cursor, 100);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].desktop_id, 0);
  EXPECT_EQ(events[0].pool, "a");
  EXPECT_EQ(events[0].from, std::nullopt) << "its first grade comes from none";
  EXPECT_EQ(events[0].to, Grade::kNoncompliant);
  EXPECT_EQ(events[0].policy, policy_);
  EXPECT_EQ(events[0].reasons, R"([{"rule":"r"}])");
}

TEST_P(FleetReaderContract, TheFeedEndsWhereItIsToldAndGoesOnFromThere) {
  Add("early", a_, &good_, Presence::kLive);
  Desktop late = MakeDesktop("late", a_);
  Save(late, kStart + kHour);
  FeedCursor cursor;
  EXPECT_EQ(Follow(*db_.feed, cursor, 100, kStart).size(), 0u);
  EXPECT_EQ(cursor, FeedCursor());
  EXPECT_EQ(Follow(*db_.feed, cursor, 100, kStart + kHour).size(), 1u);
  auto end = db_.feed->End(kStart + kHour);
  ASSERT_OK(end);
  const auto rest = Follow(*db_.feed, *end, 100);
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].host_name, "late");
}

TEST_P(FleetReaderContract, TheKeyOfPlacesIsMadeOnceAndStays) {
  const auto key = db_.feed->PlaceKey();
  ASSERT_OK(key);
  EXPECT_EQ(key->size(), 32u);
  const auto other = engine_->Open();  // another daemon
  ASSERT_OK(other);
  EXPECT_EQ(*other->feed->PlaceKey(), *key);
}

// Whatever happens, the feed says of every desktop what its own history says, once, in whatever
// steps it is read.
TEST_P(HistoryContract, TheFeedIsEveryDesktopsHistory) {
  std::vector<Profile> profiles;
  for (const char* name : {"a", "b", "c"}) {
    for (int i = 0; i < 4; ++i) {
      profiles.push_back(MakeProfile(PoolId(name), name + std::to_string(i)));
    }
  }
  FeedCursor live_cursor;
  std::vector<FeedEvent> live;
  for (int turn = 0; turn < 120; ++turn) {
    if (Roll(3) != 0) now_ += Seconds(static_cast<std::int64_t>(Roll(3)) * 60);
    CommitSome();
    if (Roll(4) == 0) {
      const auto grade = static_cast<Grade>(Roll(4));
      ASSERT_OK(
          db_.store->Commit(VerdictOn(profiles[Roll(profiles.size())], grade, policy_, now_)));
    }
    if (Roll(5) == 0)
      std::ranges::move(Follow(*db_.feed, live_cursor, 3, now_), std::back_inserter(live));
  }
  std::ranges::move(Follow(*db_.feed, live_cursor, 3), std::back_inserter(live));
  FeedCursor cursor;
  const auto all = Follow(*db_.feed, cursor, 1000);
  EXPECT_EQ(cursor, live_cursor);
  ExpectChains(all);
  ExpectChains(live);
  std::map<std::int64_t, Grades> told, told_live;
  for (const FeedEvent& event : all) told[event.desktop_id].push_back(event.to);
  for (const FeedEvent& event : live) told_live[event.desktop_id].push_back(event.to);
  for (const Desktop& desktop : desktops_) {
    Grades expected = GradesOf(*db_.reader, desktop.id);
    expected.erase(expected.begin());
    EXPECT_EQ(told[desktop.id], expected) << desktop.claims.host_name;
    EXPECT_EQ(told_live[desktop.id], expected) << desktop.claims.host_name;
  }
}

}  // namespace
}  // namespace vdiwatch::collector
