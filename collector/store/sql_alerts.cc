#include "collector/store/sql_alerts.h"

#include <fmt/format.h>

#include <unordered_map>
#include <utility>

#include "collector/store/sql_alert_write.h"

namespace vdiwatch::collector {
namespace {

// Numbers are part of the schema, as in columns.h.
constexpr std::int64_t ToColumn(Delivery::State state) { return static_cast<std::int64_t>(state); }
Delivery::State StateOfColumn(std::int64_t number) {
  constexpr auto kLast = static_cast<std::int64_t>(Delivery::State::kDropped);
  return number < 0 || number > kLast ? Delivery::State::kDropped
                                      : static_cast<Delivery::State>(number);
}
policy::NoticeKind KindOfColumn(std::int64_t number) {
  constexpr auto kLast = static_cast<std::int64_t>(policy::NoticeKind::kResolved);
  return number < 0 || number > kLast ? policy::NoticeKind::kReminded
                                      : static_cast<policy::NoticeKind>(number);
}

constexpr std::string_view kSelectNotices =
    "SELECT n.id, n.at, n.kind, n.alert_id, a.pool_id, a.cause, a.opened_at, n.detail "
    "FROM alert_notice n JOIN alert a ON a.id = n.alert_id ";
Notice ReadNotice(Row& row) {
  Notice notice;
  notice.id = row.Integer();
  notice.at = row.At();
  notice.kind = KindOfColumn(row.Integer());
  notice.alert_id = row.Integer();
  notice.pool_id = row.Integer();
  notice.cause = row.Text();
  notice.opened_at = row.At();
  notice.detail = row.Text();
  return notice;
}

constexpr std::string_view kSelectDeliveries =
    "SELECT id, sink, state, created_at, next_at, attempts, why FROM delivery ";
Delivery ReadDelivery(Row& row) {
  Delivery delivery;
  delivery.id = row.Integer();
  delivery.sink = row.Text();
  delivery.state = StateOfColumn(row.Integer());
  delivery.created_at = row.At();
  delivery.next_at = row.At();
  delivery.attempts = row.Integer();
  delivery.why = row.Text();
  return delivery;
}

DeliveryAttempt ReadAttempt(Row& row) {
  return {row.Integer(), row.At(), row.Integer(), row.Integer() != 0, row.Text()};
}

Silence ReadSilence(Row& row) {
  return {row.Integer(), row.Text(), row.At(), row.At(), row.Text(), row.Text()};
}

// Each with the notices that it is about.
Result<std::vector<Delivery>> WithNotices(Connection& db, std::vector<Delivery> deliveries) {
  std::vector<std::int64_t> ids;
  for (const auto& delivery : deliveries) ids.push_back(delivery.id);
  auto read = [](Row& row) {
    const std::int64_t delivery = row.Integer();
    return std::pair(delivery, row.Integer());
  };
  ASSIGN_OR_RETURN(auto found, db.AllIn("SELECT delivery_id, notice_id FROM delivery_notice WHERE "
                                        "delivery_id = ?1 ORDER BY notice_id",
                                        read, ids));
  std::unordered_map<std::int64_t, std::vector<std::int64_t>> notices;
  for (const auto& [delivery, notice] : found) notices[delivery].push_back(notice);
  for (auto& delivery : deliveries) delivery.notices = std::move(notices[delivery.id]);
  return deliveries;
}

Result<void> RouteAll(Connection& db, std::span<const std::int64_t> notices,
                      std::span<const Delivery> deliveries) {
  Rows taken, made, about;
  for (const std::int64_t id : notices) taken.Add(id);
  ASSIGN_OR_RETURN(
      const std::int64_t changed,
      db.RunEach("UPDATE alert_notice SET routed = 1 WHERE id = ?1 AND routed = 0", taken));
  if (changed != static_cast<std::int64_t>(notices.size())) {
    return Conflict("another daemon took notices out of the outbox meanwhile");
  }
  for (const Delivery& delivery : deliveries) {
    made.Add(delivery.id, delivery.sink, ToColumn(delivery.state), delivery.created_at,
             delivery.next_at, delivery.attempts, delivery.why);
    for (const std::int64_t notice : delivery.notices) about.Add(delivery.id, notice);
  }
  RETURN_IF_ERROR(
      db.RunEach("INSERT INTO delivery (id, sink, state, created_at, next_at, attempts, why) "
                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                 made));
  RETURN_IF_ERROR(
      db.RunEach("INSERT INTO delivery_notice (delivery_id, notice_id) VALUES (?1, ?2)", about));
  return {};
}

Result<void> RecordOne(Connection& db, const Delivery& delivery, const DeliveryAttempt& attempt) {
  ASSIGN_OR_RETURN(const std::int64_t changed,
                   db.Run("UPDATE delivery SET state = ?2, next_at = ?3, attempts = ?4, why = ?5 "
                          "WHERE id = ?1",
                          delivery.id, ToColumn(delivery.state), delivery.next_at,
                          delivery.attempts, delivery.why));
  if (changed == 0) return Conflict(fmt::format("delivery {} is not stored", delivery.id));
  RETURN_IF_ERROR(
      db.Run("INSERT INTO delivery_attempt (delivery_id, at, took_ms, delivered, answer) "
             "VALUES (?1, ?2, ?3, ?4, ?5)",
             delivery.id, attempt.at, attempt.took_ms, attempt.delivered, attempt.answer));
  return {};
}

Result<std::vector<Alert>> PageOfAlerts(Connection& db, const AlertFilter& filter) {
  const auto [since, id] =
      filter.after.value_or(std::pair(Time(Seconds(std::int64_t{1} << 40)), std::int64_t{0}));
  std::string where = "WHERE opened_at IS NOT NULL AND (since < ?1 OR (since = ?1 AND id < ?2))";
  if (!filter.resolved) where += " AND resolved_at IS NULL";
  where += filter.pool_id ? " AND pool_id = ?3" : " AND ?3 = 0";
  return db.All(SelectAlerts(where + " ORDER BY since DESC, id DESC LIMIT ?4"), ReadAlert, since,
                id, filter.pool_id.value_or(0), filter.limit);
}

class SqlAlerts : public AlertStore {
 public:
  explicit SqlAlerts(std::shared_ptr<SqlDatabase> database) : db_(std::move(database)) {}

  Result<std::vector<Alert>> Alerts(const AlertFilter& filter) override {
    return db_->Read([&](Connection& db) { return PageOfAlerts(db, filter); });
  }
  Result<void> CommitAlerts(std::span<const AlertChange> alerts, Time at) override {
    if (alerts.empty()) return {};
    return db_->Write([&](Connection& db) { return WriteAlerts(db, alerts, at); });
  }

  Result<std::vector<Notice>> Outbox(std::int64_t limit) override {
    return db_->Read([&](Connection& db) {
      return db.All(fmt::format("{}WHERE n.routed = 0 ORDER BY n.id LIMIT ?1", kSelectNotices),
                    ReadNotice, limit);
    });
  }
  Result<void> Route(std::span<const std::int64_t> notices,
                     std::span<const Delivery> deliveries) override {
    return db_->Write([&](Connection& db) { return RouteAll(db, notices, deliveries); });
  }
  Result<std::vector<Notice>> Notices(std::span<const std::int64_t> ids) override {
    const std::vector<std::int64_t> asked(ids.begin(), ids.end());
    return db_->Read([&](Connection& db) {
      return db.AllIn(fmt::format("{}WHERE n.id = ?1 ORDER BY n.id", kSelectNotices), ReadNotice,
                      asked);
    });
  }

  Result<std::vector<Delivery>> DueDeliveries(Time now, std::int64_t limit) override {
    return Deliveries("WHERE state = 0 AND next_at <= ?1 ORDER BY next_at, id LIMIT ?2", now,
                      limit);
  }
  Result<void> Record(const Delivery& delivery, const DeliveryAttempt& attempt) override {
    return db_->Write([&](Connection& db) { return RecordOne(db, delivery, attempt); });
  }
  Result<std::vector<Delivery>> Deliveries(std::int64_t limit) override {
    return Deliveries("ORDER BY created_at DESC, id DESC LIMIT ?1", limit);
  }
  Result<std::vector<DeliveryAttempt>> AttemptsOf(std::int64_t delivery_id) override {
    return db_->Read([&](Connection& db) {
      return db.All(
          "SELECT delivery_id, at, took_ms, delivered, answer FROM delivery_attempt "
          "WHERE delivery_id = ?1 ORDER BY id",
          ReadAttempt, delivery_id);
    });
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
  Result<std::vector<Silence>> SilencesUntil(Time ended_after) override {
    return db_->Read([&](Connection& db) {
      return db.All(
          "SELECT id, matchers, starts_at, ends_at, created_by, reason FROM silence "
          "WHERE ends_at > ?1 ORDER BY ends_at, id",
          ReadSilence, ended_after);
    });
  }

 private:
  template <class... Args>
  Result<std::vector<Delivery>> Deliveries(std::string_view rest, const Args&... args) {
    return db_->Read([&](Connection& db) -> Result<std::vector<Delivery>> {
      ASSIGN_OR_RETURN(auto found,
                       db.All(fmt::format("{}{}", kSelectDeliveries, rest), ReadDelivery, args...));
      return WithNotices(db, std::move(found));
    });
  }

  std::shared_ptr<SqlDatabase> db_;
};

}  // namespace

std::shared_ptr<AlertStore> MakeSqlAlerts(std::shared_ptr<SqlDatabase> database) {
  return std::make_shared<SqlAlerts>(std::move(database));
}

}  // namespace vdiwatch::collector
