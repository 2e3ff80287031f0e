#include "collector/store/sql_index.h"

#include <algorithm>

#include "collector/store/columns.h"
#include "collector/store/sql_desktops.h"

namespace vdiwatch::collector {
namespace {

// Behind every text that begins with the prefix, byte by byte: no UTF-8 goes beyond U+10FFFF.
constexpr std::string_view kLast = "\xF4\x8F\xBF\xBF";

struct Host {
  std::string name;
  std::int64_t id = 0;
};

Host ReadHost(Row& row) {
  Host host;
  host.name = row.Text();
  host.id = row.Integer();
  return host;
}

Result<std::vector<Host>> FirstHosts(Connection& db, std::string_view prefix,
                                     std::optional<std::int64_t> pool, std::int64_t limit) {
  const std::string end = std::string(prefix) + std::string(kLast);
  if (!pool) {
    return db.All(
        "SELECT host_name, id FROM desktop WHERE host_name >= ?1 AND host_name < ?2 "
        "AND presence <> 3 ORDER BY host_name LIMIT ?3",
        ReadHost, prefix, end, limit);
  }
  return db.All(
      "SELECT host_name, id FROM desktop WHERE pool_id = ?4 AND host_name >= ?1 "
      "AND host_name < ?2 AND presence <> 3 ORDER BY host_name LIMIT ?3",
      ReadHost, prefix, end, limit, *pool);
}

Result<std::vector<DesktopSummary>> FindHosts(Connection& db, std::string_view prefix,
                                              const std::optional<std::vector<std::int64_t>>& pools,
                                              std::int64_t limit) {
  std::vector<Host> hosts;
  if (!pools) {
    ASSIGN_OR_RETURN(hosts, FirstHosts(db, prefix, std::nullopt, limit));
  } else {
    for (const std::int64_t pool : *pools) {
      ASSIGN_OR_RETURN(auto found, FirstHosts(db, prefix, pool, limit));
      hosts.insert(hosts.end(), std::make_move_iterator(found.begin()),
                   std::make_move_iterator(found.end()));
    }
  }
  std::ranges::stable_sort(hosts, {}, &Host::name);
  if (std::ssize(hosts) > limit) hosts.resize(static_cast<std::size_t>(limit));
  std::vector<DesktopSummary> summaries;
  for (const Host& host : hosts) {
    ASSIGN_OR_RETURN(auto summary, DesktopById(db, host.id));
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

struct StandingRow {
  ProfileStanding standing;
  std::pair<Presence, std::int64_t> desktops;
};

StandingRow ReadStanding(Row& row) {
  StandingRow read;
  read.standing.profile = row.Text();
  read.standing.pool_id = row.Integer();
  read.standing.version.policy = row.Integer();
  read.standing.version.grade = row.Integer();
  read.standing.version.valid_until = row.Integer();
  const Presence presence = PresenceOfColumn(row.Integer());
  read.desktops = {presence, row.Integer()};
  return read;
}

Result<std::vector<ProfileStanding>> ReadStandings(Connection& db) {
  ASSIGN_OR_RETURN(
      auto rows,
      db.All("SELECT p.digest, p.pool_id, v.policy_id, v.grade, v.valid_until, c.presence, "
             "c.desktops FROM profile_count c JOIN profile p ON p.id = c.profile_id "
             "LEFT JOIN profile_verdict v ON v.profile_id = p.id WHERE c.desktops > 0 "
             "ORDER BY c.profile_id, c.presence",
             ReadStanding));
  std::vector<ProfileStanding> standings;
  for (StandingRow& row : rows) {
    if (standings.empty() || standings.back().profile != row.standing.profile) {
      standings.push_back(std::move(row.standing));
    }
    standings.back().desktops.insert(row.desktops);
  }
  return standings;
}

class SqlIndex : public FleetIndex {
 public:
  explicit SqlIndex(std::shared_ptr<SqlDatabase> database) : db_(std::move(database)) {}

  Result<std::vector<DesktopSummary>> HostsFrom(
      std::string_view prefix, const std::optional<std::vector<std::int64_t>>& pools,
      std::int64_t limit) override {
    return db_->Read([&](Connection& db) { return FindHosts(db, prefix, pools, limit); });
  }
  Result<std::vector<ProfileStanding>> Standings() override { return db_->Read(ReadStandings); }
  Result<std::vector<std::pair<std::string, std::string>>> Verdicts(
      std::span<const std::string> profiles) override {
    const std::vector<Blob> wanted = [&] {
      std::vector<Blob> blobs;
      for (const std::string& digest : profiles) blobs.push_back({digest});
      return blobs;
    }();
    return db_->Read([&](Connection& db) {
      return db.AllIn(
          "SELECT p.digest, v.verdict FROM profile p "
          "JOIN profile_verdict v ON v.profile_id = p.id WHERE p.digest = ?1",
          [](Row& row) {
            std::string digest = row.Text();
            return std::pair(std::move(digest), row.Text());
          },
          wanted);
    });
  }
  Result<StoreSize> Size() override {
    return db_->Read([&](Connection& db) -> Result<StoreSize> {
      ASSIGN_OR_RETURN(const auto bytes,
                       db.One(db.dialect().size, [](Row& row) { return row.Integer(); }));
      return StoreSize{std::string(db.dialect().engine), bytes.value_or(0)};
    });
  }

 private:
  std::shared_ptr<SqlDatabase> db_;
};

}  // namespace

std::shared_ptr<FleetIndex> MakeSqlIndex(std::shared_ptr<SqlDatabase> database) {
  return std::make_shared<SqlIndex>(std::move(database));
}

}  // namespace vdiwatch::collector
