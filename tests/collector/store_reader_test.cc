// The contract of FleetReader.

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/digest.h"
#include "tests/collector/store_fixtures.h"

namespace vdiwatch::collector {
namespace {

using policy::Grade;

}  // namespace

void FleetReaderContract::SetUp() {
  StoreContract::SetUp();
  a_ = PoolId("a");
  b_ = PoolId("b");
  good_ = AddProfile(a_, "good", Grade::kCompliant);
  bad_ = AddProfile(a_, "bad", Grade::kNoncompliant);
  other_ = AddProfile(b_, "other", Grade::kConditional);
}

Desktop FleetReaderContract::Add(const std::string& host, std::int64_t pool, const Profile* profile,
                                 Presence presence) {
  Desktop desktop = AddDesktop(host, pool, profile);
  desktop.presence = presence;
  Save(desktop);
  return desktop;
}

std::vector<std::string> FleetReaderContract::Hosts(const DesktopFilter& filter) {
  auto page = db_.reader->Desktops(filter);
  EXPECT_OK(page);
  std::vector<std::string> hosts;
  if (!page) return hosts;
  for (const auto& row : *page) hosts.push_back(row.desktop.claims.host_name);
  std::ranges::sort(hosts);
  return hosts;
}

namespace {

using Names = std::vector<std::string>;

TEST_P(FleetReaderContract, PoolSummariesCountByPresenceAndGrade) {
  Add("1", a_, &good_, Presence::kLive);
  Add("2", a_, &good_, Presence::kOff);
  Add("3", a_, &bad_, Presence::kLive);
  Add("4", a_, &bad_, Presence::kStale);
  Add("5", a_, &bad_, Presence::kRetired);
  Add("6", a_, nullptr, Presence::kLive);
  Add("7", a_, nullptr, Presence::kStale);
  auto pools = db_.reader->PoolSummaries();
  ASSERT_OK(pools);
  ASSERT_EQ(pools->size(), 2u);
  const PoolSummary& a = pools->at(0);
  EXPECT_EQ(a.pool.name, "a");
  EXPECT_EQ(a.desktops, 6);
  EXPECT_EQ(a.live, 3);
  EXPECT_EQ(a.off, 1);
  EXPECT_EQ(a.stale, 2);
  EXPECT_EQ(a.grades,
            (std::map<Grade, std::int64_t>{{Grade::kCompliant, 2}, {Grade::kNoncompliant, 1}}));
  EXPECT_EQ(a.unjudged, 1);
  EXPECT_EQ(pools->at(1).pool.name, "b");
  EXPECT_EQ(pools->at(1).desktops, 0);
}

TEST_P(FleetReaderContract, AProfileWithoutAVerdictIsUnknown) {
  Profile profile = MakeProfile(a_, "unjudged");
  Changes changes;
  changes.fact_sets = {{profile.facts_digest, FactSetTextOf("unjudged")}};
  changes.profiles = {profile};
  ASSERT_OK(db_.store->Commit(changes));
  Desktop desktop = Add("1", a_, &profile, Presence::kLive);
  EXPECT_EQ(db_.reader->PoolSummaries()->front().grades.at(Grade::kUnknown), 1);
  auto summary = db_.reader->DesktopById(desktop.id);
  EXPECT_EQ(summary->grade, Grade::kUnknown);
  EXPECT_EQ(summary->verdict, "");
  EXPECT_EQ(db_.reader->PoolProfiles(a_)->front().verdict.grade, Grade::kUnknown);
}

TEST_P(FleetReaderContract, PoolProfilesAreThoseWithDesktops) {
  Add("1", a_, &good_, Presence::kLive);
  Add("2", a_, &good_, Presence::kStale);
  Add("3", a_, &bad_, Presence::kRetired);
  Add("4", b_, &other_, Presence::kLive);
  auto rows = db_.reader->PoolProfiles(a_);
  ASSERT_OK(rows);
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ(rows->front().profile.digest, good_.digest);
  EXPECT_EQ(rows->front().profile.facts_digest, good_.facts_digest);
  EXPECT_EQ(rows->front().profile.state, good_.state);
  EXPECT_EQ(rows->front().desktops,
            (std::map<Presence, std::int64_t>{{Presence::kLive, 1}, {Presence::kStale, 1}}));
}

TEST_P(FleetReaderContract, FiltersByPoolPresenceGradeAndProfile) {
  Add("good", a_, &good_, Presence::kLive);
  Add("good-off", a_, &good_, Presence::kOff);
  Add("good-stale", a_, &good_, Presence::kStale);
  Add("good-retired", a_, &good_, Presence::kRetired);
  Add("bad", a_, &bad_, Presence::kLive);
  Add("bare", a_, nullptr, Presence::kLive);
  Add("other", b_, &other_, Presence::kLive);

  EXPECT_EQ(Hosts({}).size(), 6u);
  EXPECT_EQ(Hosts({.pool_id = b_}), Names{"other"});
  EXPECT_EQ(Hosts({.presence = Presence::kOff}), Names{"good-off"});
  EXPECT_EQ(Hosts({.presence = Presence::kRetired}), Names{"good-retired"});
  EXPECT_EQ(Hosts({.pool_id = a_, .reporting = true}), (Names{"bad", "bare", "good", "good-off"}));
  EXPECT_EQ(Hosts({.presence = Presence::kLive}), (Names{"bad", "bare", "good", "other"}));
  EXPECT_EQ(Hosts({.grade = Grade::kCompliant}), (Names{"good", "good-off"}));
  EXPECT_EQ(Hosts({.grade = Grade::kNoncompliant}), Names{"bad"});
  EXPECT_EQ(Hosts({.grade = Grade::kUnknown}), (Names{"bare", "good-stale"}));
  EXPECT_EQ(Hosts({.pool_id = b_, .grade = Grade::kUnknown}), Names{});
  EXPECT_EQ(Hosts({.profiles = std::vector{bad_.digest, other_.digest}}), (Names{"bad", "other"}));
  EXPECT_EQ(Hosts({.pool_id = a_, .profiles = std::vector{bad_.digest, Sha256("none")}}),
            Names{"bad"});
  EXPECT_EQ(Hosts({.profiles = std::vector<std::string>{}}), Names{});
}

TEST_P(FleetReaderContract, SearchesHostNamesAndIds) {
  Desktop desktop = Add("eng-vm-100%", a_, nullptr, Presence::kLive);
  Add("acc-vm-1", a_, nullptr, Presence::kLive);
  EXPECT_EQ(Hosts({.search = "VM-1"}), (Names{"acc-vm-1", "eng-vm-100%"}));
  EXPECT_EQ(Hosts({.search = "eng"}), Names{"eng-vm-100%"});
  EXPECT_EQ(Hosts({.search = "0%"}), Names{"eng-vm-100%"});
  EXPECT_EQ(Hosts({.search = "_"}), Names{});
  EXPECT_EQ(Hosts({.search = "' OR 1"}), Names{});
  EXPECT_EQ(Hosts({.grade = Grade::kUnknown, .search = "acc"}), Names{"acc-vm-1"});
  EXPECT_EQ(Hosts({.presence = Presence::kOff, .search = "acc"}), Names{});
  EXPECT_EQ(Hosts({.search = IdText(desktop.id)}), Names{"eng-vm-100%"});
}

TEST_P(FleetReaderContract, PagesById) {
  for (int i = 0; i < 7; ++i) Add("vm-" + std::to_string(i), a_, &good_, Presence::kLive);
  DesktopFilter filter{.pool_id = a_, .limit = 3};
  std::vector<std::int64_t> ids;
  for (std::size_t expected : {3u, 3u, 1u, 0u}) {
    auto page = db_.reader->Desktops(filter);
    ASSERT_OK(page);
    ASSERT_EQ(page->size(), expected);
    for (const auto& row : *page) ids.push_back(row.desktop.id);
    filter.after = ids.back();
  }
  EXPECT_TRUE(std::ranges::is_sorted(ids));
  EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end());
}

// More desktops than are looked at one by one: rare ones are found all the same, and all of them.
TEST_P(FleetReaderContract, FindsTheFewAmongMany) {
  constexpr int kMany = 9000, kEvery = 1500;
  Changes changes;
  for (int i = 0; i < kMany; ++i) {
    bool rare = i % kEvery == 0;
    Desktop desktop = MakeDesktop((rare ? "rare-" : "vm-") + std::to_string(i), a_);
    desktop.profile = rare ? bad_.digest : good_.digest;
    if (i % kEvery == 1) desktop.presence = Presence::kStale;
    changes.desktops.push_back(desktop);
  }
  ASSERT_OK(db_.store->Commit(changes));
  for (std::int64_t limit : {4, 50}) {
    auto all = [&](DesktopFilter filter) {
      filter.limit = limit;
      int found = 0;
      for (auto page = Hosts(filter); !page.empty(); page = Hosts(filter)) {
        found += static_cast<int>(page.size());
        filter.after = db_.reader->Desktops(filter)->back().desktop.id;
      }
      return found;
    };
    EXPECT_EQ(all({.grade = Grade::kNoncompliant}), kMany / kEvery);
    EXPECT_EQ(all({.grade = Grade::kUnknown}), kMany / kEvery);
    EXPECT_EQ(all({.presence = Presence::kStale}), kMany / kEvery);
    EXPECT_EQ(all({.search = "rare"}), kMany / kEvery);
    EXPECT_EQ(all({.profiles = std::vector{bad_.digest}}), kMany / kEvery);
    EXPECT_EQ(all({.pool_id = a_, .grade = Grade::kNoncompliant, .search = "vm"}), 0);
  }
}

// The same of a pool, beside another one that has as many: more than are looked at one by one.
TEST_P(FleetReaderContract, FindsTheFewOfAPoolAndNoneOfAnother) {
  constexpr int kMany = 3000, kEvery = 500, kRare = kMany / kEvery;
  const Profile worse = AddProfile(b_, "worse", Grade::kNoncompliant);
  Changes changes;
  for (const auto& [pool, usual, odd] : {std::tuple(a_, good_, bad_), {b_, other_, worse}}) {
    for (int i = 0; i < kMany; ++i) {
      const bool rare = i % kEvery == 0;
      const char* name = pool == a_ ? "a" : "b";
      Desktop desktop = MakeDesktop(fmt::format("{}{}-{}", rare ? "rare-" : "vm-", name, i), pool);
      desktop.profile = rare ? odd.digest : usual.digest;
      if (i % kEvery == 1) desktop.presence = Presence::kStale;
      if (i % kEvery == 2) desktop.profile.clear();
      if (i % kEvery == 3) desktop.presence = Presence::kRetired;
      changes.desktops.push_back(desktop);
    }
  }
  changes.desktops.back().presence = Presence::kRetired;
  changes.desktops.back().profile.clear();
  ASSERT_OK(db_.store->Commit(changes));
  const auto of_a = [&](DesktopFilter filter) {
    filter.pool_id = a_;
    filter.limit = kMany;
    const Names hosts = Hosts(filter);
    for (const std::string& host : hosts) EXPECT_NE(host.find("-a-"), std::string::npos) << host;
    return std::ssize(hosts);
  };
  EXPECT_EQ(of_a({.grade = Grade::kNoncompliant}), kRare);
  EXPECT_EQ(of_a({.grade = Grade::kConditional}), 0);
  EXPECT_EQ(of_a({.grade = Grade::kUnknown}), 2 * kRare) << "stale ones, and those without facts";
  EXPECT_EQ(of_a({.presence = Presence::kStale}), kRare);
  EXPECT_EQ(of_a({.presence = Presence::kRetired}), kRare);
  EXPECT_EQ(of_a({.grade = Grade::kUnknown, .presence = Presence::kRetired}), 0);
  EXPECT_EQ(of_a({.search = "rare"}), kRare);
  EXPECT_EQ(of_a({.grade = Grade::kNoncompliant, .search = "e-a-5"}), 1) << "rare-a-500";
  EXPECT_EQ(of_a({.grade = Grade::kCompliant, .search = "rare"}), 0);
  const std::string id = IdText(changes.desktops.front().id);
  EXPECT_EQ(of_a({.search = id}), 1);
  EXPECT_EQ(Hosts({.pool_id = b_, .search = id}), Names{}) << "it is of another pool";
  EXPECT_EQ(Hosts({.pool_id = b_, .grade = Grade::kUnknown, .presence = Presence::kRetired}),
            Names{changes.desktops.back().claims.host_name});
}

TEST_P(FleetReaderContract, ADesktopBringsItsPoolAndVerdict) {
  Desktop desktop = Add("vm-1", a_, &bad_, Presence::kLive);
  auto summary = db_.reader->DesktopById(desktop.id);
  ASSERT_OK(summary);
  ExpectEqual(summary->desktop, desktop);
  EXPECT_EQ(summary->pool, "a");
  EXPECT_EQ(summary->grade, Grade::kNoncompliant);
  EXPECT_EQ(summary->verdict, R"({"grade":"bad"})");
  desktop.presence = Presence::kStale;
  Save(desktop);
  EXPECT_EQ(db_.reader->DesktopById(desktop.id)->grade, Grade::kUnknown);
  EXPECT_FAILS(db_.reader->DesktopById(4711), kNotFound);
}

TEST_P(FleetReaderContract, FindsDesktopsByHostWhateverTheCase) {
  Desktop one = Add("vm-1", a_, nullptr, Presence::kLive);
  Add("vm-2", a_, nullptr, Presence::kLive);
  Desktop twin = Add("vm-1", b_, nullptr, Presence::kRetired);
  auto found = db_.reader->DesktopsByHost("VM-1");
  ASSERT_OK(found);
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ(found->at(0).desktop.id, std::min(one.id, twin.id));
  EXPECT_TRUE(db_.reader->DesktopsByHost("vm")->empty());
}

TEST_P(FleetReaderContract, EventsAndIncarnationsAreNewestFirst) {
  Desktop desktop = Add("vm-1", a_, nullptr, Presence::kLive);
  Incarnation later = MakeIncarnation(desktop);
  later.enrolled_at = kStart + kHour;
  Changes changes;
  changes.at = kStart;
  changes.incarnations = {later};
  changes.events = {{desktop.id, kStart, "enrolled", "first enrolment"},
                    {desktop.id, kStart + kHour, "reset", ""}};
  ASSERT_OK(db_.store->Commit(changes));
  auto events = db_.reader->EventsOf(desktop.id, 10);
  ASSERT_EQ(events->size(), 2u);
  EXPECT_EQ(events->at(0).kind, "reset");
  EXPECT_EQ(events->at(1).detail, "first enrolment");
  EXPECT_EQ(events->at(1).at, kStart);
  EXPECT_EQ(events->at(1).desktop_id, desktop.id);
  EXPECT_EQ(db_.reader->EventsOf(desktop.id, 1)->size(), 1u);
  auto incarnations = db_.reader->IncarnationsOf(desktop.id);
  ASSERT_EQ(incarnations->size(), 2u);
  ExpectEqual(incarnations->at(0), later);
  EXPECT_TRUE(db_.reader->IncarnationsOf(4711)->empty());
}

}  // namespace
}  // namespace vdiwatch::collector
