#include "collector/store/sql_snapshot.h"

#include <fmt/format.h>

#include <iterator>

#include "collector/store/columns.h"
#include "collector/store/sql_find.h"
#include "collector/store/sql_replay.h"
#include "collector/store/sql_rows.h"

namespace vdiwatch::collector {
namespace {

constexpr int kPage = 500;

StandingCount ReadCount(Row& row) {
  StandingCount count;
  count.standing.pool_id = row.Integer();
  count.standing.profile_id = row.MaybeInteger();
  count.standing.presence = PresenceOfColumn(row.Integer());
  count.desktops = row.Integer();
  return count;
}

NamedDesktop ReadName(Row& row) {
  NamedDesktop desktop;
  desktop.id = row.Integer();
  desktop.host_name = row.Text();
  return desktop;
}

class SqlSnapshot : public FleetSnapshot {
 public:
  explicit SqlSnapshot(Connection& db) : db_(db) {}

  Result<std::vector<Pool>> Pools() override {
    return db_.All(SelectPools("ORDER BY name"), ReadPool);
  }
  // Page by page: an engine may hold all of an answer in memory.
  Result<void> EachProfile(const VisitProfile& visit) override {
    for (std::int64_t last = 0;;) {
      ASSIGN_OR_RETURN(auto page,
                       db_.All(SelectStoredProfiles("WHERE p.id > ?1 ORDER BY p.id LIMIT ?2"),
                               ReadStoredProfile, last, kPage));
      for (const StoredProfile& stored : page) RETURN_IF_ERROR(visit(stored));
      if (std::ssize(page) < kPage) return {};
      last = page.back().id;
    }
  }
  Result<std::vector<StandingCount>> Counts() override {
    return db_.All(
        "SELECT p.pool_id, p.id, c.presence, c.desktops FROM profile_count c "
        "JOIN profile p ON p.id = c.profile_id WHERE c.desktops > 0 "
        "UNION ALL SELECT pool_id, NULL, presence, desktops FROM unjudged_count "
        "WHERE desktops > 0",
        ReadCount);
  }
  Result<std::vector<NamedDesktop>> DesktopsOf(std::int64_t profile_id,
                                               std::int64_t limit) override {
    return db_.All(
        "SELECT id, host_name FROM desktop WHERE profile_id = ?1 AND presence IN (0, 1) "
        "ORDER BY id LIMIT ?2",
        ReadName, profile_id, limit);
  }
  Result<std::vector<Desktop>> DesktopsToWaive(std::span<const std::string> names) override {
    return collector::DesktopsToWaive(db_, names);
  }
  Result<std::vector<HostSeen>> HostsSeen(std::int64_t pool_id,
                                          std::span<const std::string> hosts) override {
    return collector::HostsSeen(db_, pool_id, hosts);
  }
  Result<void> Replay(Time since, const VisitPast& past, const VisitMove& move) override {
    ASSIGN_OR_RETURN(auto counts, Counts());
    return ReplayLog(db_, since, counts, past, move);
  }

 private:
  Connection& db_;
};

}  // namespace

std::string SelectStoredProfiles(std::string_view rest) {
  return fmt::format(
      "SELECT p.digest, p.pool_id, f.digest, p.state, p.derived, p.waivers, p.id, f.text "
      "FROM profile p JOIN fact_set f ON f.id = p.facts_id {}",
      rest);
}

StoredProfile ReadStoredProfile(Row& row) {
  StoredProfile stored;
  stored.profile = ReadProfile(row);
  stored.id = row.Integer();
  stored.fact_set = row.Text();
  return stored;
}

std::unique_ptr<FleetSnapshot> MakeSqlSnapshot(Connection& db) {
  return std::make_unique<SqlSnapshot>(db);
}

}  // namespace vdiwatch::collector
