#include "collector/store/sql_past.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "collector/store/columns.h"
#include "collector/store/sql_replay.h"
#include "collector/store/sql_rows.h"
#include "collector/store/sql_snapshot.h"

namespace vdiwatch::collector {
namespace {

constexpr int kPage = 5000;
constexpr std::size_t kProfiles = 500;  // at a time, since they come with their facts

Standing ReadStanding(Row& row) {
  Standing standing;
  standing.pool_id = row.Integer();
  standing.profile_id = row.MaybeInteger();
  standing.presence = PresenceOfColumn(row.Integer());
  return standing;
}

// A desktop that moved after the moment: how it stood then (nothing: it was not there), and now.
struct Moved {
  std::optional<Standing> then;
  Standing now;
};
using AllMoved = std::unordered_map<std::int64_t, Moved>;

struct Line {
  std::int64_t id = 0;
  std::int64_t desktop_id = 0;
  Standing to;
};

Line ReadLine(Row& row) {
  Line line;
  line.id = row.Integer();
  line.desktop_id = row.Integer();
  line.to = ReadStanding(row);
  return line;
}

// Page by page: an engine may hold all of an answer in memory.
Result<AllMoved> MovedSince(Connection& db, std::int64_t first_id) {
  AllMoved moved;
  for (std::int64_t next = first_id;;) {
    ASSIGN_OR_RETURN(auto page,
                     db.All("SELECT id, desktop_id, pool_id, profile_id, presence FROM desktop_log "
                            "WHERE id >= ?1 ORDER BY id LIMIT ?2",
                            ReadLine, next, kPage));
    for (const Line& line : page) {
      auto [entry, fresh] = moved.try_emplace(line.desktop_id);
      entry->second.now = line.to;
      if (!fresh) continue;
      ASSIGN_OR_RETURN(entry->second.then,
                       db.One("SELECT pool_id, profile_id, presence FROM desktop_log "
                              "WHERE desktop_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT 1",
                              ReadStanding, line.desktop_id, line.id));
    }
    if (std::ssize(page) < kPage) return moved;
    next = page.back().id + 1;
  }
}

// Takes every move back, starting from the counts of now.
std::vector<StandingCount> CountsThen(const std::vector<StandingCount>& now,
                                      const AllMoved& all_moved) {
  std::map<Standing, std::int64_t> counts;
  for (const auto& count : now) counts[count.standing] += count.desktops;
  for (const auto& [id, moved] : all_moved) {
    --counts[moved.now];
    if (moved.then) ++counts[*moved.then];
  }
  std::vector<StandingCount> then;
  for (const auto& [standing, desktops] : counts) {
    const bool counted = standing.presence != Presence::kRetired && desktops > 0;
    if (counted) then.push_back({standing, desktops});
  }
  return then;
}

PastDesktop ReadPastDesktop(Row& row) {
  PastDesktop desktop;
  desktop.id = row.Integer();
  desktop.host_name = row.Text();
  desktop.last_seen = row.At();
  return desktop;
}

SeatedDesktop ReadSeated(Row& row) {
  SeatedDesktop desktop;
  desktop.id = row.Integer();
  desktop.host_name = row.Text();
  desktop.presence = PresenceOfColumn(row.Integer());
  desktop.last_seen = row.At();
  return desktop;
}

class SqlPast : public PastSnapshot {
 public:
  SqlPast(Connection& db, Time at) : db_(db), at_(at) {}

  Result<void> Prepare() {
    ASSIGN_OR_RETURN(const std::int64_t first_id, FirstLineAfter(db_, at_));
    ASSIGN_OR_RETURN(moved_, MovedSince(db_, first_id));
    for (const auto& [id, moved] : moved_) {
      if (moved.then) moved_by_standing_[*moved.then].push_back(id);
    }
    ASSIGN_OR_RETURN(const auto now, MakeSqlSnapshot(db_)->Counts());
    counts_ = CountsThen(now, moved_);
    return {};
  }

  Result<std::vector<Pool>> Pools() override {
    ASSIGN_OR_RETURN(auto pools, db_.All(SelectPools("ORDER BY name"), ReadPool));
    const auto stands_so_still = [&](const Pool& pool) {
      return pool.state && pool.state->since <= at_;
    };
    std::map<std::int64_t, policy::PoolState> states;  // asked for if any turned since
    if (!std::ranges::all_of(pools, stands_so_still)) {
      ASSIGN_OR_RETURN(states, PoolStatesAt(db_, at_));
    }
    for (Pool& pool : pools) {
      pool.reasons.clear();
      if (stands_so_still(pool)) {
        std::erase_if(pool.state->pending, [&](const auto& wait) { return wait.second > at_; });
        continue;
      }
      const auto state = states.find(pool.id);
      pool.state = state == states.end() ? std::nullopt : std::optional(state->second);
    }
    return pools;
  }
  const std::vector<StandingCount>& Counts() const override { return counts_; }
  Result<void> EachProfile(const std::set<std::int64_t>& ids,
                           const FleetSnapshot::VisitProfile& visit) override {
    for (auto next = ids.begin(); next != ids.end();) {
      std::vector<std::int64_t> page;
      for (; next != ids.end() && page.size() < kProfiles; ++next) page.push_back(*next);
      ASSIGN_OR_RETURN(const auto profiles,
                       db_.AllIn(SelectStoredProfiles("WHERE p.id = ?1"), ReadStoredProfile, page));
      for (const StoredProfile& stored : profiles) RETURN_IF_ERROR(visit(stored));
    }
    return {};
  }

  Result<std::vector<PastDesktop>> Desktops(const Standing& standing, std::int64_t limit) override {
    if (limit <= 0) return std::vector<PastDesktop>();
    // Of those that stand so now, some may have come later; so many more are asked for.
    const auto most = limit + std::ssize(moved_);
    const std::string_view profile =
        standing.profile_id ? "profile_id = ?3" : "profile_id IS NULL AND ?3 IS NULL";
    ASSIGN_OR_RETURN(
        auto desktops,
        db_.All(fmt::format("SELECT id, host_name, last_seen FROM desktop WHERE pool_id = ?1 AND "
                            "presence = ?2 AND {} ORDER BY id LIMIT ?4",
                            profile),
                ReadPastDesktop, standing.pool_id, ToColumn(standing.presence), standing.profile_id,
                most));
    std::erase_if(desktops, [&](const auto& desktop) { return moved_.contains(desktop.id); });
    if (const auto then = moved_by_standing_.find(standing); then != moved_by_standing_.end()) {
      ASSIGN_OR_RETURN(auto more,
                       db_.AllIn("SELECT id, host_name, last_seen FROM desktop WHERE id = ?1",
                                 ReadPastDesktop, then->second));
      std::ranges::move(more, std::back_inserter(desktops));
    }
    std::ranges::sort(desktops, {}, &PastDesktop::id);
    if (std::ssize(desktops) > limit) desktops.resize(static_cast<std::size_t>(limit));
    return desktops;
  }

  Result<std::vector<PastHost>> HostsSeen(std::int64_t pool_id,
                                          std::span<const std::string> hosts) override {
    auto read = [](Row& row) {
      const std::int64_t id = row.Integer();
      std::string host = row.Text();
      return std::pair(id, PastHost{std::move(host), PresenceOfColumn(row.Integer())});
    };
    ASSIGN_OR_RETURN(auto now,
                     db_.All("SELECT id, host_name, presence FROM desktop WHERE pool_id = ?1 AND "
                             "presence <> ?2 AND host_name IS NOT NULL",
                             read, pool_id, ToColumn(Presence::kRetired)));
    std::vector<PastHost> seen;
    const std::unordered_set<std::string_view> wanted(hosts.begin(), hosts.end());
    for (auto& [id, host] : now) {
      const bool stayed = !moved_.contains(id);
      if (stayed && wanted.contains(host.host_name)) seen.push_back(std::move(host));
    }
    for (const auto& [standing, ids] : moved_by_standing_) {
      if (standing.pool_id != pool_id || standing.presence == Presence::kRetired) continue;
      ASSIGN_OR_RETURN(
          auto more,
          db_.AllIn("SELECT id, host_name, presence FROM desktop WHERE id = ?1", read, ids));
      for (auto& [id, host] : more) {
        if (!wanted.contains(host.host_name)) continue;
        seen.push_back({std::move(host.host_name), standing.presence});
      }
    }
    std::ranges::sort(seen, {}, &PastHost::host_name);
    return seen;
  }

 private:
  Connection& db_;
  const Time at_;
  AllMoved moved_;
  std::map<Standing, std::vector<std::int64_t>> moved_by_standing_;  // of then
  std::vector<StandingCount> counts_;
};

Result<StoredPolicySet> FindPolicySetAt(Connection& db, Time at) {
  auto read = [](Row& row) {
    StoredPolicySet set;
    set.digest = DigestOfRaw(row.Text());
    set.at = row.At();
    set.files = row.Text();
    return set;
  };
  ASSIGN_OR_RETURN(auto found, db.One("SELECT s.digest, l.at, s.files FROM policy_log l "
                                      "JOIN policy_set s ON s.id = l.policy_id WHERE l.at <= ?1 "
                                      "ORDER BY l.id DESC LIMIT 1",
                                      read, at));
  if (!found) return NotFound("no policy set was in force at " + FormatTime(at));
  return *std::move(found);
}

class SqlReportReader : public ReportReader {
 public:
  explicit SqlReportReader(std::shared_ptr<SqlDatabase> database) : db_(std::move(database)) {}

  Result<StoredPolicySet> PolicySetAt(Time at) override {
    return db_->Read([&](Connection& db) { return FindPolicySetAt(db, at); });
  }
  Result<void> EachDesktop(std::int64_t pool_id, const VisitSeated& visit) override {
    for (std::int64_t last = std::numeric_limits<std::int64_t>::min();;) {
      ASSIGN_OR_RETURN(const auto page, db_->Read([&](Connection& db) {
        return db.All(
            "SELECT id, host_name, presence, last_seen FROM desktop WHERE pool_id = ?1 AND "
            "id > ?2 AND presence <> ?3 ORDER BY id LIMIT ?4",
            ReadSeated, pool_id, last, ToColumn(Presence::kRetired), kPage);
      }));
      for (const SeatedDesktop& desktop : page) RETURN_IF_ERROR(visit(desktop));
      if (std::ssize(page) < kPage) return {};
      last = page.back().id;
    }
  }
  Result<void> OnPast(Time at, const std::function<Result<void>(PastSnapshot&)>& body) override {
    return db_->Read([&](Connection& db) -> Result<void> {
      SqlPast past(db, at);
      RETURN_IF_ERROR(past.Prepare());
      return body(past);
    });
  }

 private:
  std::shared_ptr<SqlDatabase> db_;
};

}  // namespace

std::shared_ptr<ReportReader> MakeSqlReportReader(std::shared_ptr<SqlDatabase> database) {
  return std::make_shared<SqlReportReader>(std::move(database));
}

}  // namespace vdiwatch::collector
