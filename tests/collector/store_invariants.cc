#include "tests/collector/store_invariants.h"

#include <fmt/format.h>

#include "collector/store/rows.h"
#include "collector/store/sqlite.h"

namespace vdiwatch::collector {
namespace {

// Each answers the rows that must not be there, as text.
struct Invariant {
  const char* what;
  const char* violations;
};

static_assert(static_cast<int>(Presence::kRetired) == 3);  // as the statements below say
static_assert(static_cast<int>(IncarnationState::kLive) == 0);

constexpr Invariant kInvariants[] = {
    {"integrity_check",
     "SELECT integrity_check FROM pragma_integrity_check "
     "WHERE integrity_check <> 'ok'"},
    {"foreign_key_check",
     "SELECT \"table\" || ' row ' || rowid || ' to ' || parent FROM pragma_foreign_key_check"},
    {"counts per profile equal a recount",
     "WITH recount AS (SELECT profile_id, presence, count(*) AS desktops FROM desktop "
     "  WHERE profile_id IS NOT NULL AND presence <> 3 GROUP BY profile_id, presence), "
     "counted AS (SELECT profile_id, presence, desktops FROM profile_count WHERE desktops <> 0) "
     "SELECT 'profile ' || profile_id || ' presence ' || presence || ': ' || desktops FROM "
     "(SELECT * FROM recount EXCEPT SELECT * FROM counted "
     " UNION ALL SELECT * FROM (SELECT * FROM counted EXCEPT SELECT * FROM recount))"},
    {"counts of desktops not judged equal a recount",
     "WITH recount AS (SELECT pool_id, presence, count(*) AS desktops FROM desktop "
     "  WHERE profile_id IS NULL AND presence <> 3 GROUP BY pool_id, presence), "
     "counted AS (SELECT pool_id, presence, desktops FROM unjudged_count WHERE desktops <> 0) "
     "SELECT 'pool ' || pool_id || ' presence ' || presence || ': ' || desktops FROM "
     "(SELECT * FROM recount EXCEPT SELECT * FROM counted "
     " UNION ALL SELECT * FROM (SELECT * FROM counted EXCEPT SELECT * FROM recount))"},
    {"a desktop's newest log row is how it stands",
     "SELECT 'desktop ' || d.id FROM desktop d LEFT JOIN desktop_log l ON l.id = "
     "  (SELECT max(id) FROM desktop_log WHERE desktop_id = d.id) "
     "WHERE l.id IS NULL OR l.profile_id IS NOT d.profile_id OR l.presence <> d.presence "
     "  OR l.pool_id <> d.pool_id"},
    {"a desktop has somebody who is or was it",
     "SELECT 'desktop ' || id FROM desktop d "
     "WHERE NOT EXISTS (SELECT 1 FROM incarnation WHERE desktop_id = d.id)"},
    {"a profile that desktops share has a verdict",
     "SELECT 'profile ' || profile_id FROM profile_count c WHERE desktops > 0 "
     "AND NOT EXISTS (SELECT 1 FROM profile_verdict WHERE profile_id = c.profile_id)"},
};

}  // namespace

std::vector<std::string> BrokenInvariants(const std::filesystem::path& store_file) {
  auto db = SqliteConnection::Open(store_file);
  if (!db) return {db.error().message};
  std::vector<std::string> broken;
  for (const auto& [what, violations] : kInvariants) {
    auto rows = (*db)->All(violations, [](Row& row) { return row.Text(); });
    if (!rows) {
      broken.push_back(fmt::format("{}: {}", what, rows.error().message));
      continue;
    }
    for (const auto& row : *rows) broken.push_back(fmt::format("{}: {}", what, row));
  }
  return broken;
}

}  // namespace vdiwatch::collector
