#include "collector/store/sql_prune.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace vdiwatch::collector {
namespace {

// Rows that one step looks at.
constexpr std::int64_t kStep = 1000;
// A key that has had its time is told to enrol anew, known or not.
constexpr Seconds kKeepSuperseded{30LL * 24 * 60 * 60};

// One table, walked in the order of its ids.
struct Walk {
  std::string_view last_of_window;  // the id that ends a window after ?1 of ?2 rows
  std::string_view remove;          // what is too old of ids over ?1 and up to ?2; ?3: the time
};

// A log's last row before the horizon stays: it says how things stood there.
constexpr std::array kWalks = {
    Walk{"SELECT max(id) FROM (SELECT id FROM desktop_log WHERE id > ?1 ORDER BY id LIMIT ?2) w",
         "DELETE FROM desktop_log WHERE id > ?1 AND id <= ?2 AND at < ?3 AND EXISTS (SELECT 1 FROM "
         "desktop_log n WHERE n.desktop_id = desktop_log.desktop_id AND n.id > desktop_log.id AND "
         "n.at <= ?3)"},
    Walk{"SELECT max(id) FROM (SELECT id FROM profile_log WHERE id > ?1 ORDER BY id LIMIT ?2) w",
         "DELETE FROM profile_log WHERE id > ?1 AND id <= ?2 AND at < ?3 AND EXISTS (SELECT 1 FROM "
         "profile_log n WHERE n.profile_id = profile_log.profile_id AND n.id > profile_log.id AND "
         "n.at <= ?3)"},
    Walk{"SELECT max(id) FROM (SELECT id FROM pool_log WHERE id > ?1 ORDER BY id LIMIT ?2) w",
         "DELETE FROM pool_log WHERE id > ?1 AND id <= ?2 AND at < ?3 AND EXISTS (SELECT 1 FROM "
         "pool_log n WHERE n.pool_id = pool_log.pool_id AND n.id > pool_log.id AND n.at <= ?3)"},
    Walk{"SELECT max(id) FROM (SELECT id FROM desktop_event WHERE id > ?1 ORDER BY id LIMIT ?2) w",
         "DELETE FROM desktop_event WHERE id > ?1 AND id <= ?2 AND at < ?3"},
    // The table itself refuses to lose what is younger than a year.
    Walk{"SELECT max(id) FROM (SELECT id FROM audit WHERE id > ?1 ORDER BY id LIMIT ?2) w",
         "DELETE FROM audit WHERE id > ?1 AND id <= ?2 AND at < ?3 AND "
         "at <= (SELECT at FROM audit ORDER BY id DESC LIMIT 1) - 31622400"},
    // 0: waiting (sql_deliveries.cc). What nobody refers to any more goes, in this order.
    Walk{"SELECT max(id) FROM (SELECT id FROM delivery WHERE id > ?1 ORDER BY id LIMIT ?2) w",
         "DELETE FROM delivery WHERE id > ?1 AND id <= ?2 AND created_at < ?3 AND state <> 0"},
    Walk{"SELECT max(id) FROM (SELECT id FROM alert_notice WHERE id > ?1 ORDER BY id LIMIT ?2) w",
         "DELETE FROM alert_notice WHERE id > ?1 AND id <= ?2 AND at < ?3 AND routed = 1 AND NOT "
         "EXISTS (SELECT 1 FROM delivery_notice o WHERE o.notice_id = alert_notice.id)"},
    Walk{"SELECT max(id) FROM (SELECT id FROM alert WHERE id > ?1 ORDER BY id LIMIT ?2) w",
         "DELETE FROM alert WHERE id > ?1 AND id <= ?2 AND resolved_at < ?3 AND NOT EXISTS "
         "(SELECT 1 FROM alert_notice n WHERE n.alert_id = alert.id)"},
    Walk{"SELECT max(id) FROM (SELECT id FROM silence WHERE id > ?1 ORDER BY id LIMIT ?2) w",
         "DELETE FROM silence WHERE id > ?1 AND id <= ?2 AND ends_at < ?3"},
    // 2, 3: superseded, cloned (columns.h).
    Walk{"SELECT max(id) FROM (SELECT id FROM incarnation WHERE id > ?1 ORDER BY id LIMIT ?2) w",
         "DELETE FROM incarnation WHERE id > ?1 AND id <= ?2 AND last_seen < ?3 AND "
         "state IN (2, 3)"},
};
constexpr std::size_t kIncarnations = kWalks.size() - 1;

std::int64_t ReadId(Row& row) { return row.Integer(); }

}  // namespace

Result<PruneCursor> PruneStep(Connection& db, PruneCursor cursor, Time before) {
  if (cursor.done) return cursor;
  const Walk& walk = kWalks[cursor.table];
  ASSIGN_OR_RETURN(auto last, db.One(
                                  walk.last_of_window, [](Row& row) { return row.MaybeInteger(); },
                                  cursor.after, kStep));
  if (!last || !*last) {
    cursor.after = 0;
    cursor.done = ++cursor.table == kWalks.size();
    return cursor;
  }
  Time horizon = before;
  if (cursor.table == kIncarnations) horizon = cursor.now - kKeepSuperseded;
  RETURN_IF_ERROR(db.Run(walk.remove, cursor.after, **last, horizon));
  cursor.after = **last;
  return cursor;
}

Result<std::vector<std::int64_t>> UnusedProfiles(Connection& db) {
  return db.All(
      "SELECT id FROM profile EXCEPT SELECT profile_id FROM desktop WHERE profile_id IS NOT NULL "
      "EXCEPT SELECT profile_id FROM desktop_log WHERE profile_id IS NOT NULL",
      ReadId);
}

Result<std::vector<std::string>> DeleteUnused(Connection& db,
                                              const std::vector<std::int64_t>& profiles) {
  std::vector<std::string> gone;
  for (std::int64_t id : profiles) {
    ASSIGN_OR_RETURN(auto digest, db.One(
                                      "SELECT digest FROM profile WHERE id = ?1",
                                      [](Row& row) { return row.Text(); }, id));
    if (!digest) continue;
    for (std::string_view remove :
         {"DELETE FROM profile_log WHERE profile_id = ?1",
          "DELETE FROM profile_verdict WHERE profile_id = ?1",
          "DELETE FROM profile_count WHERE profile_id = ?1", "DELETE FROM profile WHERE id = ?1"}) {
      RETURN_IF_ERROR(db.Run(remove, id));
    }
    gone.push_back(std::move(*digest));
  }
  for (std::string_view remove :
       {"DELETE FROM fact_set WHERE id IN (SELECT id FROM fact_set EXCEPT SELECT facts_id FROM "
        "profile EXCEPT SELECT facts_id FROM desktop WHERE facts_id IS NOT NULL)",
        "DELETE FROM readings WHERE id IN (SELECT id FROM readings EXCEPT SELECT readings_id FROM "
        "desktop WHERE readings_id IS NOT NULL)",
        "DELETE FROM state_set WHERE id IN (SELECT id FROM state_set EXCEPT SELECT state_id FROM "
        "desktop WHERE state_id IS NOT NULL)"}) {
    RETURN_IF_ERROR(db.Run(remove));
  }
  return gone;
}

}  // namespace vdiwatch::collector
