#include "collector/store/sql_desktops.h"

#include <fmt/format.h>

#include <string>

#include "base/text.h"
#include "collector/store/columns.h"
#include "collector/store/sql_page.h"
#include "collector/store/sql_rows.h"

namespace vdiwatch::collector {
namespace {

using policy::Grade;

Result<DesktopSummary> Summarise(Connection& db, Desktop desktop) {
  DesktopSummary summary;
  ASSIGN_OR_RETURN(auto pool, db.One(
                                  "SELECT name FROM pool WHERE id = ?1",
                                  [](Row& row) { return row.Text(); }, desktop.pool_id));
  summary.pool = pool.value_or("");
  auto read = [&](Row& row) {
    summary.grade = GradeOfColumn(row.Integer());
    summary.verdict = row.Text();
    return true;
  };
  RETURN_IF_ERROR(db.One(
      "SELECT v.grade, v.verdict FROM profile p JOIN profile_verdict v ON v.profile_id = p.id "
      "WHERE p.digest = ?1",
      read, Blob{desktop.profile}));
  if (desktop.presence == Presence::kStale) summary.grade = Grade::kUnknown;
  summary.desktop = std::move(desktop);
  return summary;
}

DesktopTransition ReadTransition(Row& row) {
  DesktopTransition transition;
  transition.at = row.At();
  transition.profile = row.Text();
  auto grade = row.MaybeInteger();
  transition.presence = PresenceOfColumn(row.Integer());
  if (grade && transition.presence != Presence::kStale) transition.grade = GradeOfColumn(*grade);
  return transition;
}

}  // namespace

Result<std::vector<DesktopSummary>> ListDesktops(Connection& db, const DesktopFilter& filter) {
  ASSIGN_OR_RETURN(auto ids, PageOfDesktops(db, filter));
  std::vector<DesktopSummary> page;
  for (std::int64_t id : ids) {
    ASSIGN_OR_RETURN(auto summary, DesktopById(db, id));
    page.push_back(std::move(summary));
  }
  return page;
}

Result<DesktopSummary> DesktopById(Connection& db, std::int64_t id) {
  ASSIGN_OR_RETURN(auto desktop, FindDesktop(db, id));
  if (!desktop) return NotFound(fmt::format("there is no desktop {}", id));
  return Summarise(db, std::move(*desktop));
}

Result<std::vector<DesktopSummary>> DesktopsByHost(Connection& db, std::string_view host_name) {
  ASSIGN_OR_RETURN(auto desktops, db.All(SelectDesktops("WHERE d.host_name = ?1 ORDER BY d.id"),
                                         ReadDesktop, ToLower(host_name)));
  std::vector<DesktopSummary> summaries;
  for (auto& desktop : desktops) {
    ASSIGN_OR_RETURN(auto summary, Summarise(db, std::move(desktop)));
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

// The join of the two logs: a row for each stay of the desktop in a profile, with the grade that
// the profile had when the stay began, and one for each verdict that changed during a stay.
Result<std::vector<DesktopTransition>> ListTransitions(Connection& db, std::int64_t desktop_id,
                                                       std::int64_t limit) {
  return db.All(
      "WITH stay AS (SELECT id, at, profile_id, presence, "
      "    lead(at) OVER (ORDER BY id) AS until FROM desktop_log WHERE desktop_id = ?1) "
      "SELECT t.at, p.digest, t.grade, t.presence FROM ("
      "  SELECT s.id AS stay, 0 AS turn, s.at AS at, s.profile_id AS profile_id, "
      "    s.presence AS presence, (SELECT l.grade FROM profile_log l "
      "      WHERE l.profile_id = s.profile_id AND l.at <= s.at ORDER BY l.id DESC LIMIT 1) "
      "      AS grade FROM stay s "
      "  UNION ALL "
      "  SELECT s.id, l.id, l.at, s.profile_id, s.presence, l.grade FROM stay s "
      "    JOIN profile_log l ON l.profile_id = s.profile_id AND l.at > s.at "
      "      AND (s.until IS NULL OR l.at < s.until)"
      ") t LEFT JOIN profile p ON p.id = t.profile_id "
      "ORDER BY t.stay DESC, t.turn DESC LIMIT ?2",
      ReadTransition, desktop_id, limit);
}

}  // namespace vdiwatch::collector
