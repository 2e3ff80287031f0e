#include "tests/bench/policy/bench_fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/digest.h"
#include "collector/profile.h"
#include "collector/store/open.h"
#include "collector/store/sqlite.h"
#include "report/fact_set.h"
#include "tests/bench/policy/machine_facts.h"

namespace vdiwatch::bench {
namespace {

using collector::Blob;
using collector::Connection;
using collector::Profile;

constexpr std::int64_t kDay = 86'400;

Facts Derived() {
  return {{"persistence.observed", Known("persistent")},
          {"persistence.verdict", Known("persistent")},
          {"identity.duplicate", Known("none")}};
}

Profile ProfileOf(std::int64_t number, std::int64_t pool_id) {
  const Facts facts = MachineFacts(number);
  return collector::MakeProfile(pool_id, FactSetDigest(facts),
                                FactsOfClass(facts, FactClass::kState), Derived(), {});
}

Result<void> AddProfiles(Connection& db, const FleetSize& size) {
  for (std::int64_t id = 1; id <= size.pools; ++id) {
    RETURN_IF_ERROR(
        db.Run("INSERT INTO pool (id, name) VALUES (?1, ?2)", id, fmt::format("pool-{:04}", id)));
  }
  for (std::int64_t id = 1; id <= size.profiles; ++id) {
    const std::int64_t pool_id = id % size.pools + 1;
    const Profile profile = ProfileOf(id, pool_id);
    RETURN_IF_ERROR(db.Run("INSERT INTO fact_set (id, digest, text) VALUES (?1, ?2, ?3)", id,
                           Blob{*Unhex(profile.facts_digest.substr(7))},
                           FactSetText(MachineFacts(id))));
    RETURN_IF_ERROR(
        db.Run("INSERT INTO profile (id, digest, pool_id, facts_id, state, derived) "
               "VALUES (?1, ?2, ?3, ?1, ?4, ?5)",
               id, Blob{profile.digest}, pool_id, profile.state, profile.derived));
  }
  return {};
}

struct Seat {
  std::int64_t id, profile_id, pool_id;
};

Seat SeatOf(std::int64_t number, const FleetSize& size) {
  const std::int64_t profile_id = number % size.profiles + 1;
  return {number + 1, profile_id, profile_id % size.pools + 1};
}

Result<void> AddDesktop(Connection& db, const Seat& seat, Time created, Time now) {
  const std::string host = fmt::format("vdi-{:07}", seat.id);
  RETURN_IF_ERROR(db.Run(
      "INSERT INTO desktop (id, pool_id, profile_id, presence, created_at, last_seen, "
      "facts_id, slot, host_name, agent_version, os, duplicate, survived, resets, "
      "resets_in_a_row) "
      "VALUES (?1, ?2, ?3, 0, ?4, ?5, ?3, ?6, ?7, '0.1.0', 'windows', 'none', 3, 0, 0)",
      seat.id, seat.pool_id, seat.profile_id, created, now, "domain:corp.example/" + host, host));
  RETURN_IF_ERROR(
      db.Run("INSERT INTO incarnation (id, desktop_id, key, state, enrolled_at, "
             "certificate_expires, sequence, last_seen) VALUES (?1, ?1, ?2, 0, ?3, ?4, 1, ?4)",
             seat.id, Blob{Sha256(host)}, created, now));
  return {};
}

Result<void> LogMove(Connection& db, const Seat& seat, Time at, int presence) {
  RETURN_IF_ERROR(
      db.Run("INSERT INTO desktop_log (desktop_id, at, pool_id, profile_id, presence) "
             "VALUES (?1, ?2, ?3, ?4, ?5)",
             seat.id, at, seat.pool_id, seat.profile_id, presence));
  return {};
}

// Each day has its share of desktops: off in the evening, back in the morning, second by second.
Result<void> AddHistory(Connection& db, const FleetSize& size, Time begin) {
  const std::int64_t share = size.desktops / size.days;
  for (std::int64_t day = 0; day < size.days; ++day) {
    for (int presence : {1, 0}) {
      const Time hour = begin + Seconds(day * kDay + (presence == 1 ? 0 : kDay / 2));
      for (std::int64_t i = 0; i < share; ++i) {
        const Time at = hour + Seconds(i * (kDay / 3) / std::max<std::int64_t>(share, 1));
        RETURN_IF_ERROR(LogMove(db, SeatOf(day * share + i, size), at, presence));
      }
    }
  }
  return {};
}

Result<void> Fill(Connection& db, const FleetSize& size, Time now) {
  const Time begin = now - Seconds(size.days * kDay);
  RETURN_IF_ERROR(db.Script("PRAGMA synchronous = OFF"));
  RETURN_IF_ERROR(db.Script("BEGIN"));
  RETURN_IF_ERROR(AddProfiles(db, size));
  for (std::int64_t i = 0; i < size.desktops; ++i) {
    RETURN_IF_ERROR(AddDesktop(db, SeatOf(i, size), begin - Seconds(kDay), now));
    RETURN_IF_ERROR(LogMove(db, SeatOf(i, size), begin - Seconds(kDay), 0));
  }
  RETURN_IF_ERROR(AddHistory(db, size, begin));
  RETURN_IF_ERROR(
      db.Script("INSERT INTO profile_count (profile_id, presence, desktops) "
                "SELECT profile_id, 0, count(*) FROM desktop GROUP BY profile_id"));
  return db.Script("COMMIT");
}

}  // namespace

Result<void> MakeFleet(const std::filesystem::path& file, const FleetSize& size, Time now) {
  { ASSIGN_OR_RETURN([[maybe_unused]] auto made, collector::OpenSqlite(file)); }
  ASSIGN_OR_RETURN(auto db, collector::SqliteConnection::Open(file));
  return Fill(*db, size, now);
}

}  // namespace vdiwatch::bench
