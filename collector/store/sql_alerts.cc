#include "collector/store/sql_alerts.h"

#include <fmt/format.h>

#include <utility>

#include "collector/store/rows.h"
#include "collector/store/sql_alert_write.h"
#include "collector/store/sql_deliveries.h"

namespace vdiwatch::collector {
namespace {

Silence ReadSilence(Row& row) {
  return {row.Integer(), row.Text(), row.At(), row.At(), row.Text(), row.Text()};
}
constexpr std::string_view kSelectSilences =
    "SELECT id, matchers, starts_at, ends_at, created_by, reason FROM silence ";

std::string_view ConditionOf(AlertState state) {
  switch (state) {
    case AlertState::kWaiting:
      return "(opened_at IS NULL AND resolved_at IS NULL)";
    case AlertState::kOpen:
      return "(opened_at IS NOT NULL AND resolved_at IS NULL)";
    case AlertState::kResolved:
      return "resolved_at IS NOT NULL";
  }
  return "resolved_at IS NOT NULL";
}

Result<std::vector<Alert>> PageOfAlerts(Connection& db, const AlertFilter& filter) {
  const auto [since, id] = filter.after.value_or(kBeforeAll);
  std::string where = "WHERE (since < ?1 OR (since = ?1 AND id < ?2)) AND (";
  for (const AlertState state : filter.states) {
    if (!where.ends_with('(')) where += " OR ";
    where += ConditionOf(state);
  }
  where += ") AND (?5 = '' OR cause = ?5) AND ";
  where += filter.pool_id && *filter.pool_id != 0 ? "pool_id = ?3"
           : filter.pool_id                       ? "pool_id IS NULL AND ?3 = 0"
                                                  : "?3 = 0";
  return db.All(SelectAlerts(where + " ORDER BY since DESC, id DESC LIMIT ?4"), ReadAlert, since,
                id, filter.pool_id.value_or(0), filter.limit, filter.cause);
}

Result<Silence> EndOneSilence(Connection& db, std::int64_t id, Time at) {
  ASSIGN_OR_RETURN(const std::int64_t changed,
                   db.Run("UPDATE silence SET ends_at = ?2, starts_at = CASE WHEN starts_at > ?2 "
                          "THEN ?2 ELSE starts_at END WHERE id = ?1 AND ends_at > ?2",
                          id, at));
  if (changed == 0) return NotFound(fmt::format("there is no silence {} to end", IdText(id)));
  RETURN_IF_ERROR(
      db.Run("UPDATE delivery SET next_at = ?1 WHERE state = 0 AND next_at > ?1 AND why LIKE ?2",
             at, SilencedBy(id) + "%"));
  ASSIGN_OR_RETURN(auto silence,
                   db.One(fmt::format("{}WHERE id = ?1", kSelectSilences), ReadSilence, id));
  if (!silence) return Internal("the silence is gone");
  return *std::move(silence);
}

class SqlAlerts : public AlertStore {
 public:
  explicit SqlAlerts(std::shared_ptr<SqlDatabase> database) : db_(std::move(database)) {}

  Result<std::vector<Alert>> Alerts(const AlertFilter& filter) override {
    return db_->Read([&](Connection& db) { return PageOfAlerts(db, filter); });
  }
  Result<Alert> FindAlert(std::int64_t id) override {
    return db_->Read([&](Connection& db) -> Result<Alert> {
      ASSIGN_OR_RETURN(auto found, db.One(SelectAlerts("WHERE id = ?1"), ReadAlert, id));
      if (!found) return NotFound(fmt::format("there is no alert {}", IdText(id)));
      return *std::move(found);
    });
  }
  Result<void> CommitAlerts(std::span<const AlertChange> alerts, Time at) override {
    if (alerts.empty()) return {};
    return db_->Write([&](Connection& db) { return WriteAlerts(db, alerts, at); });
  }

  Result<std::vector<Notice>> Outbox(std::int64_t limit) override {
    return db_->Read([&](Connection& db) { return ReadOutbox(db, limit); });
  }
  Result<void> Route(std::span<const std::int64_t> notices, std::span<const Delivery> deliveries,
                     std::span<const Delivery> joined) override {
    return db_->Write([&](Connection& db) { return WriteRoute(db, notices, deliveries, joined); });
  }
  Result<std::vector<Notice>> Notices(std::span<const std::int64_t> ids) override {
    return db_->Read([&](Connection& db) { return ReadNotices(db, {ids.begin(), ids.end()}); });
  }
  Result<std::vector<Notice>> NoticesOf(std::int64_t alert_id) override {
    return db_->Read([&](Connection& db) { return ReadNoticesOf(db, alert_id); });
  }

  Result<std::vector<Delivery>> DueDeliveries(std::string_view sink, Time now,
                                              std::int64_t limit) override {
    return db_->Read([&](Connection& db) { return ReadDueDeliveries(db, sink, now, limit); });
  }
  Result<std::vector<Delivery>> HeldDeliveries(Time now) override {
    return db_->Read([&](Connection& db) { return ReadHeldDeliveries(db, now); });
  }
  Result<bool> Claim(const Delivery& delivery, Time until) override {
    return db_->WriteUnsynced([&](Connection& db) { return ClaimDelivery(db, delivery, until); });
  }
  Result<void> Save(const Delivery& delivery) override {
    return db_->Write([&](Connection& db) { return WriteDelivery(db, delivery); });
  }
  Result<void> Record(const Delivery& delivery, const DeliveryAttempt& attempt) override {
    return db_->Write([&](Connection& db) { return WriteAttempt(db, delivery, attempt); });
  }
  Result<std::optional<std::string>> WhyDisabled(std::string_view sink) override {
    return db_->Read([&](Connection& db) { return ReadWhyDisabled(db, sink); });
  }
  Result<void> HoldForDisabled(std::string_view sink, Time now, Time until) override {
    return db_->Write([&](Connection& db) { return WriteHeldForDisabled(db, sink, now, until); });
  }
  Result<void> EnableSink(std::string_view sink, Time at) override {
    return db_->Write([&](Connection& db) { return WriteEnabled(db, sink, at); });
  }
  Result<std::vector<Delivery>> Deliveries(const DeliveryFilter& filter) override {
    return db_->Read([&](Connection& db) { return ReadDeliveries(db, filter); });
  }
  Result<std::vector<Delivery>> DeliveriesAbout(std::int64_t alert_id) override {
    return db_->Read([&](Connection& db) { return ReadDeliveriesAbout(db, alert_id); });
  }
  Result<Delivery> FindDelivery(std::int64_t id) override {
    return db_->Read([&](Connection& db) { return ReadDeliveryWithId(db, id); });
  }
  Result<std::vector<DeliveryAttempt>> AttemptsOf(std::int64_t delivery_id) override {
    return db_->Read([&](Connection& db) { return ReadAttempts(db, delivery_id); });
  }
  Result<std::vector<SinkRecord>> SinkRecords() override {
    return db_->Read([](Connection& db) { return ReadSinkRecords(db); });
  }
  Result<std::vector<Alert>> AlertsToldTo(std::string_view sink) override {
    return db_->Read([&](Connection& db) { return ReadAlertsToldTo(db, sink); });
  }
  Result<std::vector<std::int64_t>> ToldTo(std::string_view sink,
                                           const std::vector<std::int64_t>& alerts) override {
    return db_->Read([&](Connection& db) { return ReadToldTo(db, sink, alerts); });
  }

  Result<void> SaveSilence(const Silence& silence) override {
    return db_->Write([&](Connection& db) -> Result<void> {
      RETURN_IF_ERROR(
          db.Run("INSERT INTO silence (id, matchers, starts_at, ends_at, created_by, reason) "
                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET "
                 "matchers = excluded.matchers, starts_at = excluded.starts_at, "
                 "ends_at = excluded.ends_at, created_by = excluded.created_by, "
                 "reason = excluded.reason",
                 silence.id, silence.matchers, silence.starts_at, silence.ends_at,
                 silence.created_by, silence.reason));
      return {};
    });
  }
  Result<Silence> EndSilence(std::int64_t id, Time at) override {
    return db_->Write([&](Connection& db) { return EndOneSilence(db, id, at); });
  }
  Result<std::vector<Silence>> SilencesUntil(Time ended_after) override {
    return db_->Read([&](Connection& db) {
      return db.All(fmt::format("{}WHERE ends_at > ?1 ORDER BY ends_at, id", kSelectSilences),
                    ReadSilence, ended_after);
    });
  }

 private:
  std::shared_ptr<SqlDatabase> db_;
};

}  // namespace

std::string_view ToString(AlertState state) {
  switch (state) {
    case AlertState::kWaiting:
      return "waiting";
    case AlertState::kOpen:
      return "open";
    case AlertState::kResolved:
      return "resolved";
  }
  return "resolved";
}

AlertState StateOf(const Alert& alert) {
  if (alert.resolved_at) return AlertState::kResolved;
  return alert.course.opened_at ? AlertState::kOpen : AlertState::kWaiting;
}

std::string SilencedBy(std::int64_t silence_id) { return "silenced by " + IdText(silence_id); }

std::string DisabledBy(std::string_view answer) {
  return fmt::format("the sink is disabled: {}", answer);
}

std::shared_ptr<AlertStore> MakeSqlAlerts(std::shared_ptr<SqlDatabase> database) {
  return std::make_shared<SqlAlerts>(std::move(database));
}

}  // namespace vdiwatch::collector
