// The contract of forgetting: what is too old goes in steps, how things stood stays, and nothing
// that anybody refers to is collected.

#include <fmt/format.h>

#include <set>

#include "base/digest.h"
#include "collector/store/access_store.h"
#include "tests/collector/sqlite_files.h"
#include "tests/collector/store_contract.h"

namespace vdiwatch::collector {
namespace {

using policy::Grade;

constexpr Seconds kDay{24 * 60 * 60};

void PruneAll(Store& store, Time now, Time before) {
  PruneCursor cursor{.now = now};
  for (int step = 0; !cursor.done; ++step) {
    ASSERT_LT(step, 1000);
    auto next = store.Prune(cursor, before);
    ASSERT_OK(next);
    cursor = *next;
  }
}

std::set<Time> TimesOf(FleetReader& reader, std::int64_t desktop_id) {
  std::set<Time> times;
  auto log = reader.TransitionsOf(desktop_id, 100);
  EXPECT_OK(log);
  for (const auto& transition : *log) times.insert(transition.at);
  return times;
}

TEST_P(StoreContract, ForgetsTransitionsButNotHowThingsStoodAtTheHorizon) {
  std::int64_t pool = PoolId("a");
  Profile profile = AddProfile(pool, "good", Grade::kCompliant);
  Desktop desktop = AddDesktop("vm-1", pool, &profile);
  Desktop quiet = AddDesktop("vm-2", pool, &profile);
  for (int day = 1; day <= 6; ++day) {
    desktop.presence = day % 2 ? Presence::kOff : Presence::kLive;
    Save(desktop, kStart + day * kDay);
  }
  PruneAll(*db_.store, kStart + 10 * kDay, kStart + 3 * kDay + kHour);
  EXPECT_EQ(
      TimesOf(*db_.reader, desktop.id),
      (std::set<Time>{kStart + 3 * kDay, kStart + 4 * kDay, kStart + 5 * kDay, kStart + 6 * kDay}));
  EXPECT_EQ(TimesOf(*db_.reader, quiet.id), std::set<Time>{kStart}) << "its only row";
  ExpectCountsEqualRecount();
}

TEST_P(StoreContract, ForgetsEventsAndKeysThatHaveHadTheirTime) {
  Desktop desktop = AddDesktop("vm-1", PoolId("a"), nullptr);
  Incarnation over = MakeIncarnation(desktop);
  over.state = IncarnationState::kSuperseded;
  Changes changes;
  changes.at = kStart;
  changes.incarnations = {over};
  changes.events = {{desktop.id, kStart, "enrolled", ""},
                    {desktop.id, kStart + 20 * kDay, "reset", ""}};
  ASSERT_OK(db_.store->Commit(changes));
  PruneAll(*db_.store, kStart + 29 * kDay, kStart + 10 * kDay);
  auto events = db_.reader->EventsOf(desktop.id, 10);
  ASSERT_EQ(events->size(), 1u);
  EXPECT_EQ(events->at(0).kind, "reset");
  EXPECT_TRUE(Find(over).incarnation) << "superseded less than 30 days ago";
  PruneAll(*db_.store, kStart + 31 * kDay, kStart + 10 * kDay);
  EXPECT_FALSE(Find(over).incarnation);
  EXPECT_EQ(db_.reader->IncarnationsOf(desktop.id)->size(), 1u) << "the live one stays for ever";
}

TEST_P(StoreContract, KeepsAYearOfAudit) {
  for (int month = 0; month < 26; ++month) {
    ASSERT_OK(db_.access->Audit({kStart + month * 30 * kDay, "ada", "did", "it", ""}));
  }
  Time now = kStart + 26 * 30 * kDay;
  PruneAll(*db_.store, now, now - 30 * kDay);
  auto left = db_.access->AuditLog(100);
  ASSERT_OK(left);
  EXPECT_EQ(left->size(), 13u);
  EXPECT_GE(left->back().at, kStart + (25 * 30 - 366) * kDay);
}

TEST_P(StoreContract, CollectsWhatNothingRefersTo) {
  std::int64_t pool = PoolId("a");
  Profile used = AddProfile(pool, "used", Grade::kCompliant);
  Profile former = AddProfile(pool, "former", Grade::kCompliant);
  Profile unused = AddProfile(pool, "unused", Grade::kCompliant);
  Desktop desktop = AddDesktop("vm-1", pool, &former);
  desktop.profile = used.digest;
  desktop.facts_digest = used.facts_digest;
  desktop.readings_digest = DigestText("{}");
  Changes changes;
  changes.at = kStart + kDay;
  changes.readings = {{DigestText("{}"), "{}"}, {DigestText("[]"), "[]"}};
  changes.desktops = {desktop};
  ASSERT_OK(db_.store->Commit(changes));

  auto gone = db_.store->CollectUnused();
  ASSERT_OK(gone);
  EXPECT_EQ(*gone, std::vector<std::string>{unused.digest}) << "history refers to the former one";
  EXPECT_FAILS(db_.store->FactSet(unused.facts_digest), kNotFound);
  EXPECT_OK(db_.store->FactSet(former.facts_digest));
  EXPECT_OK(db_.store->Readings(DigestText("{}")));
  EXPECT_FAILS(db_.store->Readings(DigestText("[]")), kNotFound);

  PruneAll(*db_.store, kStart + 10 * kDay, kStart + 5 * kDay);
  EXPECT_EQ(*db_.store->CollectUnused(), std::vector<std::string>{former.digest});
  EXPECT_OK(db_.store->FactSet(used.facts_digest));
  EXPECT_EQ(Stored(desktop.id).profile, used.digest);
  ExpectCountsEqualRecount();
}

// TARGETS: at most 1 KiB for a desktop without its history, 200 bytes for a transition.
TEST(SqliteSize, OfADesktopAndOfATransition) {
  SqliteEngine files;
  auto db = OpenSqlite(files.file());
  ASSERT_OK(db);
  std::int64_t pool = db->store->EnsurePool("finance")->id;
  constexpr int kDesktops = 2000;
  constexpr int kMoves = 10;
  auto bytes = [&] {
    std::uintmax_t sum = 0;
    for (const auto& entry : std::filesystem::directory_iterator(files.file().parent_path())) {
      if (!entry.path().string().ends_with("-shm")) sum += entry.file_size();
    }
    return static_cast<double>(sum);
  };
  std::vector<Desktop> desktops;
  auto commit = [&](int round) {
    Changes changes;
    changes.at = kStart + round * kHour;
    changes.desktops = desktops;
    if (round == 0) {
      for (const auto& desktop : desktops) changes.incarnations.push_back(MakeIncarnation(desktop));
    }
    ASSERT_OK(db->store->Commit(changes));
  };
  auto reopened = [&] {  // the log is written back into the file
    *db = Database();
    *db = *OpenSqlite(files.file());
    return bytes();
  };
  double empty = reopened();
  for (int i = 0; i < kDesktops; ++i) {
    Desktop desktop = MakeDesktop(fmt::format("vdi-{:05}", i), pool);
    desktop.claims.domain = "corp.example";
    desktop.claims.mac_digests = {Hex(RandomBytes(32))};
    desktop.slot = "domain:corp.example/" + desktop.claims.host_name;
    desktop.last_boot = policy::Boot{Hex(RandomBytes(16)), {Hex(RandomBytes(16)), kStart, 3}};
    desktops.push_back(std::move(desktop));
  }
  commit(0);
  double stored = reopened();
  for (int round = 1; round <= kMoves; ++round) {
    for (auto& desktop : desktops) {
      desktop.presence = round % 2 ? Presence::kOff : Presence::kLive;
    }
    commit(round);
  }
  double moved = reopened();
  double per_desktop = (stored - empty) / kDesktops;
  double per_transition = (moved - stored) / (kDesktops * kMoves);
  RecordProperty("bytes_per_desktop", std::to_string(per_desktop));
  RecordProperty("bytes_per_transition", std::to_string(per_transition));
  std::printf("bytes per desktop %.0f, per transition %.0f\n", per_desktop, per_transition);
  EXPECT_LE(per_desktop, 1024);
  EXPECT_LE(per_transition, 200);
}

}  // namespace
}  // namespace vdiwatch::collector
