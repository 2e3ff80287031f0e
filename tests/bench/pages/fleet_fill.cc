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

namespace vdiwatch::bench {
namespace {

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

// Four kinds of machines, one worse than the other.
std::vector<Facts> Machines() {
  std::vector<Facts> machines;
  for (const char* platform : {"vmware", "azure", "xen_server", "nutanix_ahv"}) {
    machines.push_back({{"platform.kind", Known(platform)},
                        {"platform.role", Known("guest")},
                        {"nested_virtualization.available", Known(FactValue(true))},
                        {"cpu.logical_processors", Known(FactValue(std::int64_t{4}))},
                        {"memory.total_mib", Known(FactValue(std::int64_t{16384}))},
                        {"os.family", Known("windows")},
                        {"os.edition", Known("Enterprise")},
                        {"persistence.declared", Known("persistent")},
                        {"docker_desktop.installed", Known(FactValue(true))}});
  }
  return machines;
}

void AddProfiles(const collector::Database& database, const policy::PolicySet& set,
                 const std::vector<collector::Pool>& pools, std::int64_t count) {
  const std::vector<Facts> machines = Machines();
  collector::Changes changes;
  changes.at = kNow;
  changes.policy = set.digest;
  for (const Facts& facts : machines) {
    changes.fact_sets.emplace_back(FactSetDigest(facts), FactSetText(facts));
  }
  for (std::int64_t i = 0; i < count; ++i) {
    const collector::Pool& pool = pools[static_cast<std::size_t>(i) % pools.size()];
    const Facts& facts = machines[static_cast<std::size_t>(i) % machines.size()];
    collector::Profile profile{
        Sha256(std::to_string(i)), pool.id, FactSetDigest(facts), "{}", "{}", {}};
    const auto verdict = collector::JudgeProfileFacts(set, profile, pool.name, facts, kNow);
    changes.verdicts.push_back(
        {profile.digest, verdict.grade, policy::VerdictText(verdict, facts), std::nullopt});
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

// Ids of pools and profiles are 1, 2, …: the database is new. A profile's pool is its number modulo
// the pools, so desktops of profile p are those of its pool.
constexpr const char* kFill = R"sql(
PRAGMA synchronous = OFF;
PRAGMA cache_size = -500000;
BEGIN;
WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < {desktops})
INSERT INTO desktop (id, pool_id, profile_id, presence, created_at, last_seen, facts_id, slot,
    host_name, smbios_uuid, claims, agent_version, os, duplicate, boot_id, survived, resets,
    resets_in_a_row)
  SELECT abs(random()), (n % {profiles}) % {pools} + 1, n % {profiles} + 1,
    CASE WHEN n % 50 < 2 THEN 2 WHEN n % 50 = 2 THEN 1 ELSE 0 END, {now} - 8640000, {now} - n % 900,
    (n % {profiles}) % 4 + 1, 'domain:corp.example/vdi-' || n, 'vdi-' || printf('%07d', n),
    printf('42091c7c-0000-4000-8000-%012x', n), '{{"domain":"corp.example"}}', '0.1.0', 'windows',
    'none', printf('%032x', n), 3, 0, 0 FROM n;
INSERT INTO incarnation (desktop_id, key, state, enrolled_at, certificate_expires, boot_id, sequence,
    last_seen)
  SELECT id, randomblob(32), 0, {now} - 8640000, {now} + 864000, boot_id, 17, last_seen FROM desktop;
INSERT INTO desktop_log (desktop_id, at, pool_id, profile_id, presence)
  SELECT id, created_at, pool_id, profile_id, presence FROM desktop;
INSERT INTO desktop_event (desktop_id, at, kind, detail)
  SELECT id, created_at, 'enrolled', 'with a token' FROM desktop;
INSERT INTO profile_count (profile_id, presence, desktops)
  SELECT profile_id, presence, count(*) FROM desktop GROUP BY 1, 2;
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

void FillFleet(const std::filesystem::path& file, const collector::Database& database,
               const policy::PolicySet& set, const FleetSize& size) {
  Must(database.store->SavePolicySet(set.digest, "{}", kNow - Seconds(86'400)));
  std::vector<collector::Pool> pools;
  for (std::int64_t i = 0; i < size.pools; ++i) {
    pools.push_back(Must(database.store->EnsurePool(fmt::format("pool-{:04}", i))));
  }
  AddProfiles(database, set, pools, size.profiles);
  Run(file, fmt::format(kFill, fmt::arg("desktops", size.desktops), fmt::arg("pools", size.pools),
                        fmt::arg("profiles", size.profiles), fmt::arg("now", ToUnix(kNow))));
  AddTurns(database, set, pools);
  for (int day = 90; day > 0; --day) {
    Must(database.trends->RecordDay(kNow - Seconds(day * 86'400LL), Time()));
  }
}

}  // namespace vdiwatch::bench
