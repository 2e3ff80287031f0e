// The contract of look-ups that cost the same however large the fleet is.

#include <algorithm>

#include "collector/store/fleet_index.h"
#include "tests/collector/store_contract.h"

namespace vdiwatch::collector {
namespace {

using policy::Grade;
using Names = std::vector<std::string>;
using Ids = std::vector<std::int64_t>;

Names HostsOf(const Result<std::vector<DesktopSummary>>& found) {
  Names names;
  if (!found) return {found.error().message};
  for (const DesktopSummary& summary : *found) names.push_back(summary.desktop.claims.host_name);
  return names;
}

TEST_P(StoreContract, HostsAreFoundByTheirBeginnings) {
  const std::int64_t a = PoolId("a"), b = PoolId("b");
  const Profile good = AddProfile(a, "good", Grade::kCompliant);
  for (const char* host : {"vdi-3", "vdi-1", "vdi-10", "vdh-9", "vdj"}) AddDesktop(host, a, &good);
  AddDesktop("vdi-2", b, nullptr);
  AddDesktop("vdi-\xF4\x8F\xBF\xBE", b, nullptr);
  Desktop gone = AddDesktop("vdi-0", a, &good);
  gone.presence = Presence::kRetired;
  Save(gone);
  EXPECT_EQ(HostsOf(db_.index->HostsFrom("vdi-1", {}, 10)), Names({"vdi-1", "vdi-10"}));
  EXPECT_EQ(HostsOf(db_.index->HostsFrom("vdi-", {}, 3)), Names({"vdi-1", "vdi-10", "vdi-2"}));
  EXPECT_EQ(HostsOf(db_.index->HostsFrom("vdi-", Ids{b}, 10)),
            Names({"vdi-2", "vdi-\xF4\x8F\xBF\xBE"}));
  EXPECT_EQ(HostsOf(db_.index->HostsFrom("vdi-", Ids{b, a}, 3)),
            Names({"vdi-1", "vdi-10", "vdi-2"}));
  EXPECT_EQ(HostsOf(db_.index->HostsFrom("vdi-", Ids(), 3)), Names());
  EXPECT_EQ(HostsOf(db_.index->HostsFrom("%", {}, 3)), Names());
  const auto found = db_.index->HostsFrom("vdi-3", {}, 3);
  ASSERT_OK(found);
  EXPECT_EQ(found->front().pool, "a");
  EXPECT_EQ(found->front().grade, Grade::kCompliant);
}

TEST_P(StoreContract, StandingsTellWhichVerdictsAreNew) {
  const std::int64_t pool = PoolId("a");
  const Profile good = AddProfile(pool, "good", Grade::kCompliant);
  AddProfile(pool, "nobody's", Grade::kCompliant);
  AddDesktop("a-1", pool, &good);
  Desktop stale = AddDesktop("a-2", pool, &good);
  stale.presence = Presence::kStale;
  Save(stale);
  auto standings = db_.index->Standings();
  ASSERT_OK(standings);
  ASSERT_EQ(standings->size(), 1u) << "only of profiles that desktops have";
  const ProfileStanding before = standings->front();
  EXPECT_EQ(before.profile, good.digest);
  EXPECT_EQ(before.pool_id, pool);
  EXPECT_EQ(before.desktops,
            (std::map<Presence, std::int64_t>{{Presence::kLive, 1}, {Presence::kStale, 1}}));
  const Names profiles = {good.digest};
  const auto verdicts = db_.index->Verdicts(profiles);
  ASSERT_OK(verdicts);
  ASSERT_EQ(verdicts->size(), 1u);
  EXPECT_EQ(verdicts->front().first, good.digest);

  const ProfileVerdict renewed{good.digest, Grade::kCompliant, R"({"rules":[]})", kStart + kHour};
  ASSERT_OK(db_.store->CommitVerdicts(std::span(&renewed, 1), policy_, kStart));
  standings = db_.index->Standings();
  ASSERT_OK(standings);
  EXPECT_NE(standings->front().version, before.version);
  EXPECT_EQ(db_.index->Verdicts(profiles)->front().second, R"({"rules":[]})");
}

TEST_P(StoreContract, StandingsOfAPoolAreThoseOfTheFleet) {
  const std::int64_t a = PoolId("a"), b = PoolId("b");
  const Profile good = AddProfile(a, "good", Grade::kCompliant);
  const Profile bad = AddProfile(a, "bad", Grade::kNoncompliant);
  const Profile other = AddProfile(b, "other", Grade::kCompliant);
  AddProfile(a, "nobody's", Grade::kCompliant);
  for (const auto& [host, profile] : {std::pair("a-1", good), {"a-2", bad}, {"a-3", good}}) {
    AddDesktop(host, a, &profile);
  }
  AddDesktop("b-1", b, &other);
  const ProfileVerdict renewed{bad.digest, Grade::kUnknown, "{}", kStart + kHour};
  ASSERT_OK(db_.store->CommitVerdicts(std::span(&renewed, 1), policy_, kStart));
  const auto all = db_.index->Standings();
  ASSERT_OK(all);
  ASSERT_EQ(all->size(), 3u);
  for (const auto& [pool, count] : {std::pair(a, 2u), {b, 1u}, {std::int64_t{4711}, 0u}}) {
    const auto own = db_.index->StandingsOf(pool);
    ASSERT_OK(own);
    EXPECT_EQ(own->size(), count);
    for (const ProfileStanding& standing : *own) {
      const auto same = std::ranges::find(*all, standing.profile, &ProfileStanding::profile);
      ASSERT_NE(same, all->end());
      EXPECT_EQ(standing.pool_id, pool);
      EXPECT_EQ(standing.version, same->version);
      EXPECT_EQ(standing.desktops, same->desktops);
    }
  }
}

TEST_P(StoreContract, OnePoolIsCountedAsInTheListOfAll) {
  const std::int64_t a = PoolId("a"), b = PoolId("b");
  PoolId("empty");
  const Profile good = AddProfile(a, "good", Grade::kCompliant);
  const Profile bad = AddProfile(a, "bad", Grade::kNoncompliant);
  const Profile other = AddProfile(b, "other", Grade::kCompliant);
  AddDesktop("a-1", a, &good);
  AddDesktop("a-2", a, &bad);
  AddDesktop("a-3", a, nullptr);
  for (auto [host, presence] : {std::pair("a-4", Presence::kStale), {"a-5", Presence::kOff}}) {
    Desktop desktop = AddDesktop(host, a, &good);
    desktop.presence = presence;
    Save(desktop);
  }
  AddDesktop("b-1", b, &other);
  AddDesktop("b-2", b, nullptr);
  const auto all = db_.reader->PoolSummaries();
  ASSERT_OK(all);
  ASSERT_EQ(all->size(), 3u);
  EXPECT_EQ(all->front().desktops, 5);
  for (const PoolSummary& listed : *all) {
    const auto one = db_.index->PoolNamed(listed.pool.name);
    ASSERT_OK(one);
    ASSERT_TRUE(*one) << listed.pool.name;
    const PoolSummary& named = **one;
    EXPECT_EQ(named.pool.id, listed.pool.id);
    EXPECT_EQ(std::tie(named.desktops, named.live, named.off, named.stale, named.unjudged),
              std::tie(listed.desktops, listed.live, listed.off, listed.stale, listed.unjudged));
    EXPECT_EQ(named.grades, listed.grades);
  }
  const auto none = db_.index->PoolNamed("nowhere");
  ASSERT_OK(none);
  EXPECT_FALSE(*none);
}

TEST_P(StoreContract, ProfilesComeWithTheirFactSets) {
  const Profile good = AddProfile(PoolId("a"), "good", Grade::kCompliant);
  AddProfile(PoolId("a"), "another", Grade::kCompliant);
  const Names digests = {good.digest, std::string(32, 'x')};
  const auto found = db_.index->Profiles(digests);
  ASSERT_OK(found);
  ASSERT_EQ(found->size(), 1u) << "one is not stored";
  EXPECT_EQ(found->front().profile.digest, good.digest);
  EXPECT_EQ(found->front().profile.facts_digest, good.facts_digest);
  EXPECT_EQ(found->front().profile.state, good.state);
  EXPECT_EQ(found->front().fact_set, *db_.store->FactSet(good.facts_digest));
}

TEST_P(StoreContract, TellsItsSize) {
  const auto size = db_.index->Size();
  ASSERT_OK(size);
  EXPECT_TRUE(size->engine == "SQLite" || size->engine == "PostgreSQL") << size->engine;
  EXPECT_GT(size->bytes, 50'000);
}

}  // namespace
}  // namespace vdiwatch::collector
