#include "tests/bench/pages/fleet_fill.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>

#include "base/digest.h"
#include "base/json.h"
#include "collector/profile.h"
#include "collector/store/trend_store.h"
#include "policy/verdict_text.h"
#include "report/fact_set.h"
#include "tests/bench/policy/machine_facts.h"

namespace vdiwatch::bench {
namespace {

constexpr int kDays = 90;
constexpr std::int64_t kLargePoolProfiles = 300;

template <class T>
T Must(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "%s\n", result.error().message.c_str());
  std::exit(1);
}
void Must(const Result<void>& result) {
  if (result) return;
  std::fprintf(stderr, "%s\n", result.error().message.c_str());
  std::exit(1);
}

Facts Derived() {
  return {{"persistence.observed", Known("persistent")},
          {"persistence.verdict", Known("persistent")},
          {"identity.duplicate", Known("none")}};
}

// The first pool has kLargePoolProfiles more than the others.
std::int64_t PoolOf(std::int64_t profile, std::int64_t pools) {
  const bool large = profile >= pools && profile < pools + kLargePoolProfiles;
  return large ? 0 : profile % pools;
}

void AddProfiles(const collector::Database& database, const policy::PolicySet& set,
                 const std::vector<collector::Pool>& pools, std::int64_t count) {
  collector::Changes changes;
  changes.at = kNow - Seconds(kDays * 86'400LL);
  changes.policy = set.digest;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto pool = static_cast<std::size_t>(PoolOf(i, std::ssize(pools)));
    const Facts facts = MachineFacts(i + i / std::ssize(pools));
    changes.fact_sets.emplace_back(FactSetDigest(facts), FactSetText(facts));
    collector::Profile profile =
        collector::MakeProfile(pools[pool].id, FactSetDigest(facts),
                               FactsOfClass(facts, FactClass::kState), Derived(), {});
    Facts all = facts;
    all.merge(Derived());
    const auto verdict = collector::JudgeProfileFacts(set, profile, pools[pool].name, all, kNow);
    changes.verdicts.push_back(
        {profile.digest, verdict.grade, policy::VerdictText(verdict, all), std::nullopt});
    changes.profiles.push_back(std::move(profile));
  }
  Must(database.store->Commit(changes));
}

void AddTurns(const collector::Database& database, const policy::PolicySet& set,
              const std::vector<collector::Pool>& pools) {
  using policy::Grade;
  for (int turn = 20; turn > 0; --turn) {
    std::vector<collector::PoolChange> changes;
    const Time at = kNow - Seconds(turn * 3 * 3600);
    for (const collector::Pool& pool : pools) {
      const Grade grade = (turn + pool.id) % 2 == 0 ? Grade::kCompliant : Grade::kNoncompliant;
      changes.push_back(
          {pool.id,
           {grade, at, {}},
           R"([{"rule":"hypervisor-supported","grade":"noncompliant","desktops":120,"text":"120 of 500 desktops run on Citrix Hypervisor."}])",
           true});
    }
    Must(database.store->CommitPools(changes, set.digest, {}, at));
  }
}

// Every tenth desktop is of the first pool. Ids of profiles are 1, 2, …: the database is new.
constexpr const char* kFill = R"sql(
PRAGMA synchronous = OFF;
PRAGMA cache_size = -500000;
BEGIN;
WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < {desktops}),
  seat (n, profile) AS (SELECT n,
    CASE WHEN n % 10 = 0 THEN {pools} + n / 10 % {large} ELSE n % {profiles} END + 1 FROM n)
INSERT INTO desktop (id, pool_id, profile_id, presence, created_at, last_seen, facts_id, slot,
    host_name, smbios_uuid, claims, agent_version, os, duplicate, boot_id, survived, resets,
    resets_in_a_row)
  SELECT abs(random()), p.pool_id, p.id,
    CASE n / {profiles} % 50 WHEN 0 THEN 2 WHEN 1 THEN 2 WHEN 2 THEN 1 ELSE 0 END,
    {now} - 8640000, {now} - n % 900, p.facts_id, 'domain:corp.example/vdi-' || n,
    'vdi-' || printf('%07d', n), printf('42091c7c-0000-4000-8000-%012x', n),
    '{{"domain":"corp.example"}}', '0.1.0', 'windows', 'none', printf('%032x', n), 3, 0, 0
  FROM seat CROSS JOIN profile p ON p.id = seat.profile;
INSERT INTO incarnation (desktop_id, key, state, enrolled_at, certificate_expires, boot_id, sequence,
    last_seen)
  SELECT id, randomblob(32), 0, {now} - 8640000, {now} + 864000, boot_id, 17, last_seen FROM desktop;
INSERT INTO desktop_log (desktop_id, at, pool_id, profile_id, presence)
  SELECT id, created_at, pool_id, profile_id, presence FROM desktop;
INSERT INTO desktop_log (desktop_id, at, pool_id, profile_id, presence)
  SELECT id, {now} - 1800, pool_id, profile_id, presence FROM desktop LIMIT {moves};
INSERT INTO desktop_event (desktop_id, at, kind, detail)
  SELECT id, created_at, 'enrolled', 'with a token' FROM desktop;
INSERT INTO profile_count (profile_id, presence, desktops)
  SELECT profile_id, presence, count(*) FROM desktop GROUP BY 1, 2;
COMMIT;
)sql";

// An alert of each pool is open, the others were resolved; each had two messages.
constexpr const char* kTold = R"sql(
BEGIN;
WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < {alerts})
INSERT INTO alert (id, pool_id, cause, since, opened_at, noticed_at, resolved_at, detail)
  SELECT n + 1, n % {pools} + 1, 'hypervisor-supported', {now} - n * 300, {now} - n * 300,
    {now} - n * 300, CASE WHEN n >= {pools} THEN {now} - n * 300 + 7200 END,
    json_object('name', 'PoolNoncompliant', 'pool', printf('pool-%04d', n % {pools}), 'rule',
      'hypervisor-supported', 'severity', 'critical', 'grade', 'noncompliant', 'desktops', 120,
      'of', 500, 'text', '120 of 500 desktops run on Citrix Hypervisor.') FROM n;
INSERT INTO alert_notice (alert_id, at, kind, detail, routed)
  SELECT id, opened_at, 0, detail, 1 FROM alert;
INSERT INTO alert_notice (alert_id, at, kind, detail, routed)
  SELECT id, opened_at + 7200, 2, detail, 1 FROM alert;
INSERT INTO delivery (id, sink, state, created_at, next_at, attempts, why)
  SELECT id, CASE id % 3 WHEN 0 THEN 'ops' WHEN 1 THEN 'mail' ELSE 'teams' END,
    CASE WHEN id % 1000 = 0 THEN 2 ELSE 1 END, at, at, 1, '' FROM alert_notice;
INSERT INTO delivery_notice (delivery_id, notice_id) SELECT id, id FROM delivery;
INSERT INTO delivery_attempt (delivery_id, at, took_ms, delivered, answer)
  SELECT id, created_at, 12, state = 1, '204' FROM delivery;
WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < {audit})
INSERT INTO audit (at, actor, action, subject, detail)
  SELECT {now} - ({audit} - n) * 60, 'user-' || (n % 50),
    CASE n % 4 WHEN 0 THEN 'sign_in' WHEN 1 THEN 'token_created' WHEN 2 THEN 'waiver_added'
      ELSE 'desktop_revoked' END, 'subject-' || n, '' FROM n;
COMMIT;
)sql";

void Run(const std::filesystem::path& file, const std::string& script) {
  sqlite3* db = nullptr;
  char* error = nullptr;
  if (sqlite3_open(file.c_str(), &db) != SQLITE_OK ||
      sqlite3_exec(db, script.c_str(), nullptr, nullptr, &error) != SQLITE_OK) {
    std::fprintf(stderr, "%s\n", error != nullptr ? error : "cannot open the database");
    std::exit(1);
  }
  sqlite3_close(db);
}

}  // namespace

std::vector<policy::PolicyFile> PolicyOfFleet(const FleetSize& size) {
  std::string pools = "pools:\n", waivers = "waivers:\n";
  for (std::int64_t i = 0; i < size.pools; ++i) {
    pools += fmt::format(
        "  - {{name: pool-{:04}, attributes: {{license: docker_business, owner: "
        "platform@corp.example, site: site-{:02}}}, expected_members: 500}}\n",
        i, i % 20);
  }
  for (std::int64_t i = 0; i < size.pools; i += 10) {
    waivers += fmt::format(
        "  - {{id: w-{0:04}, rule: hypervisor-supported, pool: pool-{0:04}, owner: "
        "jane@corp.example, reason: Until the pool moves., expires: 2027-06-30}}\n",
        i);
  }
  return {policy::BuiltInPack(), {"pools.yaml", pools}, {"waivers.yaml", waivers}};
}

void FillFleet(const std::filesystem::path& file, const collector::Database& database,
               const policy::PolicySet& set, const FleetSize& size) {
  Must(database.store->SavePolicySet(set.digest, "{}", kNow - Seconds((kDays + 1) * 86'400LL)));
  std::vector<collector::Pool> pools;
  for (std::int64_t i = 0; i < size.pools; ++i) {
    pools.push_back(Must(database.store->EnsurePool(fmt::format("pool-{:04}", i))));
  }
  AddProfiles(database, set, pools, size.profiles);
  const auto filled = [&](const char* script) {
    Run(file, fmt::format(fmt::runtime(script), fmt::arg("desktops", size.desktops),
                          fmt::arg("pools", size.pools), fmt::arg("profiles", size.profiles),
                          fmt::arg("large", kLargePoolProfiles), fmt::arg("now", ToUnix(kNow)),
                          fmt::arg("moves", size.desktops / 50),
                          fmt::arg("alerts", 10 * size.pools), fmt::arg("audit", 200'000)));
  };
  filled(kFill);
  filled(kTold);
  AddTurns(database, set, pools);
  for (int day = kDays; day > 0; --day) {
    Must(database.trends->RecordDay(kNow - Seconds(day * 86'400LL), Time()));
  }
}

}  // namespace vdiwatch::bench
