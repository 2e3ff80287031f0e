#include "collector/store/sql_counts.h"

#include "collector/store/columns.h"

namespace vdiwatch::collector {
namespace {

// An upsert would test the row's CHECK with the bare difference, which may be negative.
Result<void> Add(Connection& db, std::string_view update, std::string_view insert, std::int64_t id,
                 Presence presence, std::int64_t difference) {
  ASSIGN_OR_RETURN(auto updated, db.Run(update, id, ToColumn(presence), difference));
  if (updated == 0) RETURN_IF_ERROR(db.Run(insert, id, ToColumn(presence), difference));
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

Result<void> CountMoves::Move(Connection& db, std::int64_t desktop_id,
                              const std::optional<Standing>& from, const Standing& to, Time at) {
  if (from == to) return {};
  if (from) Count(*from, -1);
  Count(to, 1);
  RETURN_IF_ERROR(
      db.Run("INSERT INTO desktop_log (desktop_id, at, pool_id, profile_id, presence) "
             "VALUES (?1, ?2, ?3, ?4, ?5)",
             desktop_id, at, to.pool_id, to.profile_id, ToColumn(to.presence)));
  return {};
}

Result<void> CountMoves::Apply(Connection& db) const {
  for (const auto& [key, difference] : profiles_) {
    auto [profile_id, presence] = key;
    if (difference == 0) continue;
    RETURN_IF_ERROR(Add(db,
                        "UPDATE profile_count SET desktops = desktops + ?3 "
                        "WHERE profile_id = ?1 AND presence = ?2",
                        "INSERT INTO profile_count (profile_id, presence, desktops) "
                        "VALUES (?1, ?2, ?3)",
                        profile_id, presence, difference));
  }
  for (const auto& [key, difference] : unjudged_) {
    auto [pool_id, presence] = key;
    if (difference == 0) continue;
    RETURN_IF_ERROR(Add(db,
                        "UPDATE unjudged_count SET desktops = desktops + ?3 "
                        "WHERE pool_id = ?1 AND presence = ?2",
                        "INSERT INTO unjudged_count (pool_id, presence, desktops) "
                        "VALUES (?1, ?2, ?3)",
                        pool_id, presence, difference));
  }
  return {};
}

}  // namespace vdiwatch::collector
