#include "collector/store/sql_index.h"

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <utility>

#include "collector/store/columns.h"
#include "collector/store/sql_desktops.h"
#include "collector/store/sql_reader.h"
#include "collector/store/sql_snapshot.h"

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

using Version = ProfileStanding::Version;

// By profile id. An index holds all of it, so that no verdict's text is passed over.
Result<std::unordered_map<std::int64_t, Version>> ReadVersions(Connection& db) {
  auto read = [](Row& row) {
    const std::int64_t profile = row.Integer();
    return std::pair(profile, Version{row.Integer(), row.Integer(), row.Integer()});
  };
  ASSIGN_OR_RETURN(
      const auto rows,
      db.All("SELECT profile_id, policy_id, grade, valid_until FROM profile_verdict", read));
  return std::unordered_map<std::int64_t, Version>(rows.begin(), rows.end());
}

// A profile's counts, from rows that come profile by profile.
class StandingRows {
 public:
  // `version` may read on in the row.
  void Add(Row& row, const std::function<Version(std::int64_t)>& version) {
    const std::int64_t profile = row.Integer();
    const Presence presence = PresenceOfColumn(row.Integer());
    const std::int64_t desktops = row.Integer();
    const std::int64_t pool_id = row.Integer();
    if (all_.empty() || profile != last_) {
      ProfileStanding& standing = all_.emplace_back();
      standing.profile = row.Text();
      standing.pool_id = pool_id;
      standing.version = version(profile);
      last_ = profile;
    }
    all_.back().desktops.emplace(presence, desktops);
  }
  std::vector<ProfileStanding> Take() { return std::move(all_); }

 private:
  std::vector<ProfileStanding> all_;
  std::int64_t last_ = 0;
};

Result<std::vector<ProfileStanding>> ReadStandings(Connection& db) {
  ASSIGN_OR_RETURN(const auto versions, ReadVersions(db));
  StandingRows standings;
  const auto version_of = [&](std::int64_t profile) {
    const auto version = versions.find(profile);
    return version == versions.end() ? Version() : version->second;
  };
  auto read = [&](Row& row) {
    standings.Add(row, version_of);
    return true;
  };
  RETURN_IF_ERROR(
      db.All("SELECT c.profile_id, c.presence, c.desktops, p.pool_id, p.digest "
             "FROM profile_count c JOIN profile p ON p.id = c.profile_id WHERE c.desktops > 0 "
             "ORDER BY c.profile_id, c.presence",
             read));
  return standings.Take();
}

Result<std::vector<ProfileStanding>> ReadStandingsOf(Connection& db, std::int64_t pool_id) {
  StandingRows standings;
  auto read = [&](Row& row) {
    standings.Add(row, [&](std::int64_t) {
      return Version{row.Integer(), row.Integer(), row.Integer()};
    });
    return true;
  };
  RETURN_IF_ERROR(
      db.All("SELECT p.id, c.presence, c.desktops, p.pool_id, p.digest, v.policy_id, v.grade, "
             "v.valid_until FROM profile p JOIN profile_count c ON c.profile_id = p.id "
             "LEFT JOIN profile_verdict v ON v.profile_id = p.id "
             "WHERE p.pool_id = ?1 AND c.desktops > 0 ORDER BY p.id, c.presence",
             read, pool_id));
  return standings.Take();
}

std::vector<Blob> BlobsOf(std::span<const std::string> digests) {
  std::vector<Blob> blobs;
  for (const std::string& digest : digests) blobs.push_back({digest});
  return blobs;
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
  Result<std::vector<ProfileStanding>> StandingsOf(std::int64_t pool_id) override {
    return db_->Read([&](Connection& db) { return ReadStandingsOf(db, pool_id); });
  }
  Result<std::vector<std::pair<std::string, std::string>>> Verdicts(
      std::span<const std::string> profiles) override {
    const std::vector<Blob> wanted = BlobsOf(profiles);
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
  Result<std::optional<PoolSummary>> PoolNamed(std::string_view name) override {
    return db_->Read([&](Connection& db) { return PoolSummaryNamed(db, name); });
  }
  Result<std::vector<StoredProfile>> Profiles(std::span<const std::string> digests) override {
    const std::vector<Blob> wanted = BlobsOf(digests);
    return db_->Read([&](Connection& db) {
      return db.AllIn(SelectStoredProfiles("WHERE p.digest = ?1"), ReadStoredProfile, wanted);
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
