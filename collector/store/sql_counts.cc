#include "collector/store/sql_counts.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "collector/store/columns.h"

namespace vdiwatch::collector {
namespace {

using Differences = std::map<std::tuple<std::int64_t, Presence>, std::int64_t>;

// The table's name, and that of its first column, which with `presence` names a row.
struct CountTable {
  std::string_view table;
  std::string_view id;
};
constexpr CountTable kProfileCount = {"profile_count", "profile_id"};
constexpr CountTable kUnjudgedCount = {"unjudged_count", "pool_id"};

// Rows are made with 0 first: an upsert would test their CHECK with the bare difference, which may
// be negative.
Result<void> Add(Connection& db, const CountTable& to, const Differences& differences) {
  Rows missing, added;
  std::vector<std::int64_t> ids;
  for (const auto& [key, difference] : differences) {
    auto [id, presence] = key;
    if (difference == 0) continue;
    if (difference > 0) missing.Add(id, ToColumn(presence));
    added.Add(id, ToColumn(presence), difference);
    if (ids.empty() || ids.back() != id) ids.push_back(id);
  }
  if (added.empty()) return {};
  RETURN_IF_ERROR(db.RunEach(fmt::format("INSERT INTO {} ({}, presence, desktops) "
                                         "VALUES (?1, ?2, 0) ON CONFLICT DO NOTHING",
                                         to.table, to.id),
                             missing));
  if (!db.dialect().lock.empty()) {
    RETURN_IF_ERROR(db.AllIn(
        fmt::format("SELECT {1} FROM {0} WHERE {1} = ?1 ORDER BY {1}, presence{2}", to.table, to.id,
                    db.dialect().lock),
        [](Row& row) { return row.Integer(); }, ids));
  }
  RETURN_IF_ERROR(db.RunEach(
      fmt::format("UPDATE {} SET desktops = desktops + ?3 WHERE {} = ?1 AND presence = ?2",
                  to.table, to.id),
      added));
  return {};
}

}  // namespace

void CountMoves::Count(const Standing& standing, std::int64_t desktops) {
  if (standing.presence == Presence::kRetired) return;
  if (standing.profile_id) {
    profiles_[{*standing.profile_id, standing.presence}] += desktops;
  } else {
    unjudged_[{standing.pool_id, standing.presence}] += desktops;
  }
}

void CountMoves::Move(std::int64_t desktop_id, const std::optional<Standing>& from,
                      const Standing& to, Time at) {
  if (from == to) return;
  if (from) Count(*from, -1);
  Count(to, 1);
  log_.Add(desktop_id, at, to.pool_id, to.profile_id, ToColumn(to.presence));
}

Result<void> CountMoves::Apply(Connection& db) const {
  RETURN_IF_ERROR(
      db.RunEach("INSERT INTO desktop_log (desktop_id, at, pool_id, profile_id, presence) "
                 "VALUES (?1, ?2, ?3, ?4, ?5)",
                 log_));
  RETURN_IF_ERROR(Add(db, kProfileCount, profiles_));
  return Add(db, kUnjudgedCount, unjudged_);
}

}  // namespace vdiwatch::collector
