// The contract of ReportReader and ReportStore: the fleet of a past moment, and reports on their
// way.

#include <algorithm>
#include <map>

#include "base/digest.h"
#include "collector/store/report_reader.h"
#include "collector/store/report_store.h"
#include "tests/collector/store_fixtures.h"

namespace vdiwatch::collector {
namespace {

using policy::Grade;
using Counts = std::map<Standing, std::int64_t>;

// All that a report asks about one moment.
struct Told {
  std::vector<Pool> pools;
  Counts counts;
  std::map<Standing, std::vector<std::string>> hosts;
  std::vector<HostSeen> seen;  // of pool a: hosts 1, 2 and 9
  std::map<std::int64_t, std::string> profiles;
};

Result<Told> TellOf(ReportReader& reader, Time at, std::int64_t pool, std::int64_t limit = 100) {
  Told told;
  RETURN_IF_ERROR(reader.OnPast(at, [&](PastSnapshot& past) -> Result<void> {
    ASSIGN_OR_RETURN(told.pools, past.Pools());
    std::set<std::int64_t> ids;
    for (const auto& [standing, desktops] : past.Counts()) {
      told.counts[standing] = desktops;
      ASSIGN_OR_RETURN(auto named, past.Desktops(standing, limit));
      for (const auto& desktop : named) told.hosts[standing].push_back(desktop.host_name);
      std::ranges::sort(told.hosts[standing]);
      if (standing.profile_id) ids.insert(*standing.profile_id);
    }
    RETURN_IF_ERROR(past.EachProfile(ids, [&](const StoredProfile& stored) -> Result<void> {
      told.profiles[stored.id] = stored.profile.digest;
      return {};
    }));
    const std::vector<std::string> asked = {"1", "2", "9"};
    ASSIGN_OR_RETURN(told.seen, past.HostsSeen(pool, asked));
    return {};
  }));
  return told;
}

std::vector<std::string> HostsWith(const Told& told, const std::string& profile,
                                   Presence presence) {
  for (const auto& [standing, hosts] : told.hosts) {
    if (standing.presence != presence || !standing.profile_id) continue;
    if (told.profiles.at(*standing.profile_id) == profile) return hosts;
  }
  return {};
}

TEST_P(FleetReaderContract, ThePastIsToldAsItWas) {
  Desktop moving = AddDesktop("1", a_, &good_);
  Desktop leaving = AddDesktop("2", a_, &bad_);
  AddDesktop("3", a_, &good_);
  moving.profile = bad_.digest;
  Save(moving, kStart + kHour);
  leaving.presence = Presence::kRetired;
  Save(leaving, kStart + 2 * kHour);
  Save(MakeDesktop("4", b_), kStart + 2 * kHour);  // without facts
  moving.presence = Presence::kStale;
  Save(moving, kStart + 3 * kHour);

  auto first = TellOf(*db_.past, kStart, a_);
  ASSERT_OK(first);
  EXPECT_EQ(HostsWith(*first, good_.digest, Presence::kLive), (std::vector<std::string>{"1", "3"}));
  EXPECT_EQ(HostsWith(*first, bad_.digest, Presence::kLive), (std::vector<std::string>{"2"}));
  EXPECT_EQ(first->counts.size(), 2u) << "4 was not there yet";
  ASSERT_EQ(first->seen.size(), 2u);
  EXPECT_EQ(first->seen[1].host_name, "2");

  auto second = TellOf(*db_.past, kStart + kHour, a_);
  ASSERT_OK(second);
  EXPECT_EQ(HostsWith(*second, bad_.digest, Presence::kLive), (std::vector<std::string>{"1", "2"}));

  auto now = TellOf(*db_.past, kStart + 4 * kHour, a_);
  ASSERT_OK(now);
  EXPECT_EQ(HostsWith(*now, bad_.digest, Presence::kStale), (std::vector<std::string>{"1"}));
  EXPECT_EQ(now->counts.at({b_, std::nullopt, Presence::kLive}), 1);
  EXPECT_EQ(now->hosts.at({b_, std::nullopt, Presence::kLive}), (std::vector<std::string>{"4"}));
  ASSERT_EQ(now->seen.size(), 1u) << "2 is retired";
  EXPECT_EQ(now->seen[0].presence, Presence::kStale);

  auto before = TellOf(*db_.past, kStart - kHour, a_);
  ASSERT_OK(before);
  EXPECT_TRUE(before->counts.empty());
  EXPECT_TRUE(before->seen.empty());
  EXPECT_EQ(TellOf(*db_.past, kStart, a_, 1)->hosts.begin()->second.size(), 1u) << "the limit";
}

TEST_P(FleetReaderContract, APoolsStateIsThatOfThen) {
  auto turn = [&](Grade grade, Time at) {
    PoolChange change{a_, {grade, at, {}}, "[]", true};
    EXPECT_OK(db_.store->CommitPools({&change, 1}, policy_, {}, at));
  };
  turn(Grade::kNoncompliant, kStart);
  turn(Grade::kCompliant, kStart + kHour);
  auto told = TellOf(*db_.past, kStart + kHour - Seconds(1), a_);
  ASSERT_OK(told);
  ASSERT_EQ(told->pools.size(), 2u);
  ASSERT_TRUE(told->pools[0].state);
  EXPECT_EQ(told->pools[0].state->grade, Grade::kNoncompliant);
  EXPECT_FALSE(told->pools[1].state);
}

// Whatever happens to a fleet, each moment is told later as it was told then.
TEST_P(HistoryContract, AMomentIsToldTheSameForever) {
  std::vector<std::pair<Time, Told>> moments;
  for (int i = 0; i < 12; ++i) {
    CommitSome();
    SweepSome();
    auto told = TellOf(*db_.past, now_, 1);
    ASSERT_OK(told);
    moments.emplace_back(now_, *std::move(told));
    now_ += kHour;
  }
  for (const auto& [at, then] : moments) {
    auto told = TellOf(*db_.past, at, 1);
    ASSERT_OK(told);
    EXPECT_EQ(told->counts, then.counts) << FormatTime(at);
    EXPECT_EQ(told->hosts, then.hosts) << FormatTime(at);
    EXPECT_EQ(told->seen.size(), then.seen.size()) << FormatTime(at);
  }
}

TEST_P(StoreContract, ThePolicyOfADayIsTheOneThatWasInForce) {
  const std::string other = DigestText("another policy");
  ASSERT_OK(db_.store->SavePolicySet(other, "{}", kStart + kHour));
  ASSERT_OK(db_.store->SavePolicySet(other, "{}", kStart + 2 * kHour));  // a restart
  ASSERT_OK(db_.store->SavePolicySet(policy_, "pack: …", kStart + 3 * kHour));
  EXPECT_FAILS(db_.past->PolicySetAt(kStart - Seconds(1)), kNotFound);
  EXPECT_EQ(db_.past->PolicySetAt(kStart)->digest, policy_);
  auto second = db_.past->PolicySetAt(kStart + 3 * kHour - Seconds(1));
  ASSERT_OK(second);
  EXPECT_EQ(second->digest, other);
  EXPECT_EQ(second->at, kStart + kHour);
  auto again = db_.past->PolicySetAt(kStart + 9 * kHour);
  ASSERT_OK(again);
  EXPECT_EQ(again->digest, policy_) << "it came back";
  EXPECT_EQ(again->at, kStart + 3 * kHour);
  EXPECT_EQ(again->files, "pack: …");
}

ReportSchedule Weekly() {
  ReportSchedule schedule;
  schedule.id = 7;
  schedule.name = "weekly";
  schedule.scope = "fleet";
  schedule.format = "xlsx";
  schedule.sink = "ops-mail";
  schedule.when = R"({"days":["mon"]})";
  schedule.recipients = {"a@corp.example", "b@corp.example"};
  schedule.created_by = "jane";
  schedule.next_due = kStart + kHour;
  return schedule;
}

TEST_P(StoreContract, AScheduleIsKeptAndChangesByVersions) {
  ASSERT_OK(db_.reports->AddSchedule(Weekly()));
  auto stored = db_.reports->FindSchedule(7);
  ASSERT_OK(stored);
  EXPECT_EQ(stored->recipients, Weekly().recipients);
  EXPECT_EQ(stored->when, Weekly().when);
  EXPECT_EQ(stored->next_due, kStart + kHour);
  ReportSchedule next = *stored;
  next.name = "monthly";
  next.version = 2;
  ASSERT_OK(db_.reports->ReplaceSchedule(next));
  EXPECT_FAILS(db_.reports->ReplaceSchedule(next), kConflict);
  EXPECT_FAILS(db_.reports->DeleteSchedule(7, 1), kConflict);
  EXPECT_EQ(db_.reports->Schedules()->at(0).name, "monthly");
  ASSERT_OK(db_.reports->DeleteSchedule(7, 2));
  EXPECT_FAILS(db_.reports->FindSchedule(7), kNotFound);
  EXPECT_FAILS(db_.reports->DeleteSchedule(7, 2), kNotFound);
  EXPECT_FAILS(db_.reports->ReplaceSchedule(next), kNotFound);
}

TEST_P(StoreContract, ADueTimeIsTakenOnce) {
  ASSERT_OK(db_.reports->AddSchedule(Weekly()));
  EXPECT_TRUE(db_.reports->DueSchedules(kStart)->empty());
  auto due = db_.reports->DueSchedules(kStart + kHour);
  ASSERT_OK(due);
  ASSERT_EQ(due->size(), 1u);
  EXPECT_EQ(*db_.reports->TakeDue(due->at(0), kStart + kHour, kStart + 5 * kHour), true);
  EXPECT_EQ(*db_.reports->TakeDue(due->at(0), kStart + kHour, kStart + 5 * kHour), false);
  EXPECT_TRUE(db_.reports->DueSchedules(kStart + 4 * kHour)->empty());

  auto waiting = db_.reports->DueDeliveries(kStart + kHour, 10);
  ASSERT_OK(waiting);
  ASSERT_EQ(waiting->size(), 1u);
  ReportDelivery delivery = waiting->at(0);
  EXPECT_EQ(delivery.due_at, kStart + kHour);
  EXPECT_EQ(*db_.reports->BeginAttempt(delivery, kStart + 2 * kHour), true);
  EXPECT_EQ(*db_.reports->BeginAttempt(delivery, kStart + 2 * kHour), false) << "another daemon";
  EXPECT_TRUE(db_.reports->DueDeliveries(kStart + kHour, 10)->empty()) << "it is on its way";
  EXPECT_EQ(db_.reports->DueDeliveries(kStart + 2 * kHour, 10)->size(), 1u) << "it never arrived";
  delivery.state = ReportDelivery::State::kSent;
  delivery.updated_at = kStart + kHour;
  delivery.answer = "250 ok";
  ASSERT_OK(db_.reports->Record(delivery));
  auto log = db_.reports->Deliveries(7, 10);
  ASSERT_OK(log);
  ASSERT_EQ(log->size(), 1u);
  EXPECT_EQ(log->at(0).state, ReportDelivery::State::kSent);
  EXPECT_EQ(log->at(0).attempts, 1);
  EXPECT_EQ(log->at(0).answer, "250 ok");
  EXPECT_TRUE(db_.reports->DueDeliveries(kStart + 9 * kHour, 10)->empty());
  ASSERT_OK(db_.reports->DeleteSchedule(7, 1));
  EXPECT_TRUE(db_.reports->Deliveries(7, 10)->empty());
}

}  // namespace
}  // namespace vdiwatch::collector
