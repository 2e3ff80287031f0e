#include "collector/store/sql_alert_write.h"

#include <optional>
#include <vector>

#include "collector/store/sql_content.h"

namespace vdiwatch::collector {
namespace {

constexpr std::string_view kPut =
    "INSERT INTO alert (id, pool_id, cause, since, opened_at, gone_since, noticed_at, resolved_at, "
    "detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO UPDATE SET "
    "since = excluded.since, opened_at = excluded.opened_at, gone_since = excluded.gone_since, "
    "noticed_at = excluded.noticed_at, resolved_at = excluded.resolved_at, "
    "detail = excluded.detail WHERE alert.resolved_at IS NULL AND "
    "alert.noticed_at <= excluded.noticed_at AND "
    "(alert.opened_at IS NULL OR excluded.opened_at IS NOT NULL)";

Error Overtaken() { return Conflict("another daemon has gone on with the alert meanwhile"); }

// Each opening, each end and each reminder that was due is told once, whoever sees it.
Result<void> AddNotice(Connection& db, const Alert& alert, policy::NoticeKind kind, Time at) {
  const auto number = static_cast<std::int64_t>(kind);
  const Time since =
      kind == policy::NoticeKind::kReminded ? alert.course.noticed_at : alert.course.since;
  ASSIGN_OR_RETURN(const auto told,
                   db.One(
                       "SELECT id FROM alert_notice WHERE alert_id = ?1 AND kind = ?2 AND "
                       "at >= ?3 LIMIT 1",
                       [](Row& row) { return row.Integer(); }, alert.id, number, since));
  if (told) return Overtaken();
  RETURN_IF_ERROR(
      db.Run("INSERT INTO alert_notice (alert_id, at, kind, detail) VALUES (?1, ?2, ?3, ?4)",
             alert.id, at, number, alert.detail));
  return {};
}

Result<void> WriteRun(Connection& db, std::span<const AlertChange> changes, Time at) {
  Rows put;
  for (const auto& [alert, dropped, notice] : changes) {
    if (dropped) {
      RETURN_IF_ERROR(db.Run("DELETE FROM alert WHERE id = ?1 AND opened_at IS NULL", alert.id));
      continue;
    }
    std::optional<std::int64_t> pool_id;
    if (alert.pool_id != 0) pool_id = alert.pool_id;
    put.Add(alert.id, pool_id, alert.cause, alert.course.since, alert.course.opened_at,
            alert.course.gone_since, alert.course.noticed_at, alert.resolved_at, alert.detail);
  }
  ASSIGN_OR_RETURN(const std::int64_t changed, db.RunEach(kPut, put));
  if (changed != static_cast<std::int64_t>(put.size())) return Overtaken();
  for (const auto& [alert, dropped, notice] : changes) {
    if (notice) RETURN_IF_ERROR(AddNotice(db, alert, *notice, at));
  }
  return {};
}

}  // namespace

Result<void> WriteAlerts(Connection& db, std::span<const AlertChange> alerts, Time at) {
  return WriteInRuns(
      alerts, [](const AlertChange& change) { return change.alert.id; },
      [&](std::span<const AlertChange> run) { return WriteRun(db, run, at); });
}

std::string SelectAlerts(std::string_view rest) {
  std::string sql =
      "SELECT id, pool_id, cause, since, opened_at, gone_since, noticed_at, resolved_at, detail "
      "FROM alert ";
  return sql.append(rest);
}

Alert ReadAlert(Row& row) {
  Alert alert;
  alert.id = row.Integer();
  alert.pool_id = row.Integer();
  alert.cause = row.Text();
  alert.course.since = row.At();
  alert.course.opened_at = row.MaybeAt();
  alert.course.gone_since = row.MaybeAt();
  alert.course.noticed_at = row.At();
  alert.resolved_at = row.MaybeAt();
  alert.detail = row.Text();
  return alert;
}

Result<std::vector<Alert>> ReadOpenAlerts(Connection& db) {
  return db.All(SelectAlerts("WHERE resolved_at IS NULL ORDER BY id"), ReadAlert);
}

}  // namespace vdiwatch::collector
