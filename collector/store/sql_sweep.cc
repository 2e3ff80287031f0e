#include "collector/store/sql_sweep.h"

#include <fmt/format.h>

#include <optional>

#include "collector/store/columns.h"
#include "collector/store/sql_counts.h"

namespace vdiwatch::collector {
namespace {

struct Silent {
  std::int64_t id;
  std::optional<std::int64_t> profile_id;
};

// Whether this transaction alone may sweep the pool; always, where there is one writer.
Result<bool> TakeLease(Connection& db, std::int64_t pool_id) {
  if (db.dialect().lease.empty()) return true;
  ASSIGN_OR_RETURN(auto taken,
                   db.One(
                       db.dialect().lease, [](Row& row) { return row.Integer() != 0; }, pool_id));
  return taken.value_or(false);
}

}  // namespace

Result<bool> AnySilent(Connection& db, std::int64_t pool_id, Presence presence, Time before) {
  ASSIGN_OR_RETURN(
      auto found, db.One(
                      "SELECT 1 FROM desktop WHERE pool_id = ?1 AND presence = ?2 "
                      "AND last_seen < ?3 LIMIT 1",
                      [](Row& row) { return row.Integer(); }, pool_id, ToColumn(presence), before));
  return found.has_value();
}

Result<std::int64_t> MoveSilent(Connection& db, std::int64_t pool_id, Presence from, Presence to,
                                Time before, Time at, std::int64_t limit) {
  ASSIGN_OR_RETURN(bool leased, TakeLease(db, pool_id));
  if (!leased) return 0;
  auto read = [](Row& row) {
    std::int64_t id = row.Integer();
    return Silent{id, row.MaybeInteger()};
  };
  // A desktop that somebody writes at this moment is not silent.
  ASSIGN_OR_RETURN(auto silent,
                   db.All(fmt::format("SELECT id, profile_id FROM desktop WHERE pool_id = ?1 AND "
                                      "presence = ?2 AND last_seen < ?3 ORDER BY last_seen "
                                      "LIMIT ?4{}",
                                      db.dialect().lock_unlocked),
                          read, pool_id, ToColumn(from), before, limit));
  CountMoves moves;
  Rows rows;
  for (const auto& desktop : silent) {
    rows.Add(desktop.id, ToColumn(to));
    moves.Move(desktop.id, Standing{pool_id, desktop.profile_id, from},
               Standing{pool_id, desktop.profile_id, to}, at);
  }
  RETURN_IF_ERROR(db.RunEach("UPDATE desktop SET presence = ?2 WHERE id = ?1", rows));
  RETURN_IF_ERROR(moves.Apply(db));
  return static_cast<std::int64_t>(silent.size());
}

}  // namespace vdiwatch::collector
