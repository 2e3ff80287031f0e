#include "collector/store/sql_deliveries.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "collector/store/rows.h"
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
    "SELECT n.id, n.at, n.kind, n.alert_id, a.pool_id, a.cause, a.since, a.opened_at, n.detail "
    "FROM alert_notice n JOIN alert a ON a.id = n.alert_id ";
Notice ReadNotice(Row& row) {
  Notice notice;
  notice.id = row.Integer();
  notice.at = row.At();
  notice.kind = KindOfColumn(row.Integer());
  notice.alert_id = row.Integer();
  notice.pool_id = row.Integer();
  notice.cause = row.Text();
  notice.since = row.At();
  notice.opened_at = row.At();
  notice.detail = row.Text();
  return notice;
}

constexpr std::string_view kSelectDeliveries =
    "SELECT d.id, d.sink, d.state, d.created_at, d.next_at, d.attempts, d.why FROM delivery d ";
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
  for (auto& delivery : deliveries) {
    delivery.notices = std::move(notices[delivery.id]);
    std::ranges::sort(delivery.notices);
  }
  return deliveries;
}

template <class... Args>
Result<std::vector<Delivery>> Select(Connection& db, std::string_view rest, const Args&... args) {
  ASSIGN_OR_RETURN(auto found,
                   db.All(fmt::format("{}{}", kSelectDeliveries, rest), ReadDelivery, args...));
  return WithNotices(db, std::move(found));
}

// Whoever sends one has claimed it, and so changed next_at.
Result<void> LockJoined(Connection& db, std::span<const Delivery> joined) {
  for (const Delivery& delivery : joined) {
    ASSIGN_OR_RETURN(const std::int64_t held,
                     db.Run("UPDATE delivery SET next_at = ?2 WHERE id = ?1 AND state = 0 AND "
                            "attempts = 0 AND next_at = ?2",
                            delivery.id, delivery.next_at));
    if (held == 0) return Conflict("a message was sent before more could be said in it");
  }
  return {};
}

Result<void> FillRecord(Connection& db, SinkRecord& record) {
  constexpr std::string_view kNewest =
      "SELECT a.delivery_id, a.at, a.took_ms, a.delivered, a.answer FROM delivery_attempt a JOIN "
      "delivery d ON d.id = a.delivery_id WHERE d.sink = ?1 AND a.delivered = ?2 "
      "ORDER BY a.id DESC LIMIT 1";
  ASSIGN_OR_RETURN(record.last_success, db.One(kNewest, ReadAttempt, record.sink, true));
  ASSIGN_OR_RETURN(record.last_failure, db.One(kNewest, ReadAttempt, record.sink, false));
  ASSIGN_OR_RETURN(const auto disabled, ReadWhyDisabled(db, record.sink));
  record.disabled = disabled.value_or("");
  return {};
}

}  // namespace

std::string_view ToString(Delivery::State state) {
  switch (state) {
    case Delivery::State::kWaiting:
      return "waiting";
    case Delivery::State::kSent:
      return "sent";
    case Delivery::State::kFailed:
      return "failed";
    case Delivery::State::kDropped:
      return "dropped";
  }
  return "dropped";
}

Result<std::vector<Notice>> ReadOutbox(Connection& db, std::int64_t limit) {
  return db.All(fmt::format("{}WHERE n.routed = 0 ORDER BY n.id LIMIT ?1", kSelectNotices),
                ReadNotice, limit);
}

Result<std::vector<Notice>> ReadNotices(Connection& db, const std::vector<std::int64_t>& ids) {
  ASSIGN_OR_RETURN(auto found,
                   db.AllIn(fmt::format("{}WHERE n.id = ?1", kSelectNotices), ReadNotice, ids));
  std::ranges::sort(found, {}, &Notice::id);
  return found;
}

Result<std::vector<Notice>> ReadNoticesOf(Connection& db, std::int64_t alert_id) {
  return db.All(fmt::format("{}WHERE n.alert_id = ?1 ORDER BY n.id", kSelectNotices), ReadNotice,
                alert_id);
}

Result<void> WriteRoute(Connection& db, std::span<const std::int64_t> notices,
                        std::span<const Delivery> deliveries, std::span<const Delivery> joined) {
  Rows taken, made, about;
  for (const std::int64_t id : notices) taken.Add(id);
  ASSIGN_OR_RETURN(
      const std::int64_t changed,
      db.RunEach("UPDATE alert_notice SET routed = 1 WHERE id = ?1 AND routed = 0", taken));
  if (changed != static_cast<std::int64_t>(notices.size())) {
    return Conflict("another daemon took notices out of the outbox meanwhile");
  }
  RETURN_IF_ERROR(LockJoined(db, joined));
  for (const Delivery& delivery : deliveries) {
    made.Add(delivery.id, delivery.sink, ToColumn(delivery.state), delivery.created_at,
             delivery.next_at, delivery.attempts, delivery.why);
    for (const std::int64_t notice : delivery.notices) about.Add(delivery.id, notice);
  }
  for (const Delivery& delivery : joined) {
    RETURN_IF_ERROR(db.Run("DELETE FROM delivery_notice WHERE delivery_id = ?1", delivery.id));
    for (const std::int64_t notice : delivery.notices) about.Add(delivery.id, notice);
  }
  RETURN_IF_ERROR(
      db.RunEach("INSERT INTO delivery (id, sink, state, created_at, next_at, attempts, why) "
                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                 made));
  RETURN_IF_ERROR(db.RunEach(
      "INSERT INTO delivery_notice (delivery_id, notice_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
      about));
  return {};
}

Result<std::vector<Delivery>> ReadDueDeliveries(Connection& db, std::string_view sink, Time now,
                                                std::int64_t limit) {
  return Select(db,
                "WHERE d.state = 0 AND d.next_at <= ?2 AND d.sink = ?1 AND NOT EXISTS ("
                "SELECT 1 FROM delivery_notice own JOIN alert_notice n ON n.id = own.notice_id "
                "JOIN alert_notice e ON e.alert_id = n.alert_id AND e.id < n.id "
                "JOIN delivery_notice other ON other.notice_id = e.id "
                "JOIN delivery prior ON prior.id = other.delivery_id "
                "WHERE own.delivery_id = d.id AND prior.id <> d.id AND prior.sink = d.sink "
                "AND prior.state = 0) ORDER BY d.next_at, d.id LIMIT ?3",
                sink, now, limit);
}

Result<std::vector<Delivery>> ReadHeldDeliveries(Connection& db, Time now) {
  return Select(db, "WHERE d.state = 0 AND d.next_at > ?1 AND d.attempts = 0 ORDER BY d.id", now);
}

Result<std::vector<Delivery>> ReadDeliveries(Connection& db, const DeliveryFilter& filter) {
  const auto [created, id] = filter.after.value_or(kBeforeAll);
  const std::int64_t state = filter.state ? ToColumn(*filter.state) : -1;
  return Select(db,
                "WHERE (d.created_at < ?1 OR (d.created_at = ?1 AND d.id < ?2)) AND "
                "(?3 = '' OR d.sink = ?3) AND (?4 = -1 OR d.state = ?4) "
                "ORDER BY d.created_at DESC, d.id DESC LIMIT ?5",
                created, id, filter.sink, state, filter.limit);
}

Result<std::vector<Delivery>> ReadDeliveriesAbout(Connection& db, std::int64_t alert_id) {
  return Select(db,
                "WHERE d.id IN (SELECT o.delivery_id FROM delivery_notice o JOIN alert_notice n "
                "ON n.id = o.notice_id WHERE n.alert_id = ?1) ORDER BY d.created_at DESC, d.id "
                "DESC",
                alert_id);
}

Result<Delivery> ReadDeliveryWithId(Connection& db, std::int64_t id) {
  ASSIGN_OR_RETURN(auto found, Select(db, "WHERE d.id = ?1", id));
  if (found.empty()) return NotFound(fmt::format("there is no delivery {}", IdText(id)));
  return std::move(found[0]);
}

Result<std::vector<DeliveryAttempt>> ReadAttempts(Connection& db, std::int64_t delivery_id) {
  return db.All(
      "SELECT delivery_id, at, took_ms, delivered, answer FROM delivery_attempt "
      "WHERE delivery_id = ?1 ORDER BY id",
      ReadAttempt, delivery_id);
}

Result<bool> ClaimDelivery(Connection& db, const Delivery& delivery, Time until) {
  ASSIGN_OR_RETURN(
      const std::int64_t changed,
      db.Run("UPDATE delivery SET next_at = ?3 WHERE id = ?1 AND state = 0 AND next_at = ?2",
             delivery.id, delivery.next_at, until));
  return changed == 1;
}

Result<void> WriteDelivery(Connection& db, const Delivery& delivery) {
  ASSIGN_OR_RETURN(const std::int64_t changed,
                   db.Run("UPDATE delivery SET state = ?2, next_at = ?3, attempts = ?4, why = ?5 "
                          "WHERE id = ?1",
                          delivery.id, ToColumn(delivery.state), delivery.next_at,
                          delivery.attempts, delivery.why));
  if (changed == 0) return Conflict(fmt::format("delivery {} is not stored", IdText(delivery.id)));
  return {};
}

Result<void> WriteAttempt(Connection& db, const Delivery& delivery,
                          const DeliveryAttempt& attempt) {
  RETURN_IF_ERROR(WriteDelivery(db, delivery));
  RETURN_IF_ERROR(
      db.Run("INSERT INTO delivery_attempt (delivery_id, at, took_ms, delivered, answer) "
             "VALUES (?1, ?2, ?3, ?4, ?5)",
             delivery.id, attempt.at, attempt.took_ms, attempt.delivered, attempt.answer));
  return {};
}

Result<std::optional<std::string>> ReadWhyDisabled(Connection& db, std::string_view sink) {
  ASSIGN_OR_RETURN(auto why, db.One(
                                 "SELECT why FROM delivery WHERE state = 0 AND sink = ?1 AND "
                                 "why LIKE ?2 ORDER BY created_at DESC, id DESC LIMIT 1",
                                 [](Row& row) { return row.Text(); }, sink, DisabledBy("%")));
  if (why) why->erase(0, DisabledBy("").size());
  return why;
}

// One statement: whoever enables the sink meanwhile does so before all of it, or after.
Result<void> WriteHeldForDisabled(Connection& db, std::string_view sink, Time now, Time until) {
  ASSIGN_OR_RETURN([[maybe_unused]] const std::int64_t held,
                   db.Run("UPDATE delivery SET next_at = ?3, why = (SELECT max(o.why) FROM "
                          "delivery o WHERE o.state = 0 AND o.sink = ?1 AND o.why LIKE ?4) "
                          "WHERE state = 0 AND sink = ?1 AND next_at <= ?2 AND EXISTS (SELECT 1 "
                          "FROM delivery o WHERE o.state = 0 AND o.sink = ?1 AND o.why LIKE ?4)",
                          sink, now, until, DisabledBy("%")));
  return {};
}

Result<void> WriteEnabled(Connection& db, std::string_view sink, Time at) {
  ASSIGN_OR_RETURN([[maybe_unused]] const std::int64_t freed,
                   db.Run("UPDATE delivery SET next_at = ?2, why = ?3 WHERE state = 0 AND "
                          "sink = ?1 AND why LIKE ?4",
                          sink, at, kHeldWhileDisabled, DisabledBy("%")));
  return {};
}

Result<std::vector<SinkRecord>> ReadSinkRecords(Connection& db) {
  struct Count {
    std::string sink;
    Delivery::State state;
    std::int64_t number;
  };
  ASSIGN_OR_RETURN(
      const auto counts,
      db.All("SELECT sink, state, count(*) FROM delivery GROUP BY sink, state", [](Row& row) {
        Count count{row.Text(), Delivery::State::kWaiting, 0};
        count.state = StateOfColumn(row.Integer());
        count.number = row.Integer();
        return count;
      }));
  std::map<std::string, SinkRecord> records;
  for (const auto& [sink, state, number] : counts) {
    SinkRecord& record = records[sink];
    record.sink = sink;
    if (state == Delivery::State::kWaiting) record.waiting = number;
    if (state == Delivery::State::kSent) record.sent = number;
    if (state == Delivery::State::kFailed) record.failed = number;
    if (state == Delivery::State::kDropped) record.dropped = number;
  }
  std::vector<SinkRecord> list;
  for (auto& [sink, record] : records) {
    RETURN_IF_ERROR(FillRecord(db, record));
    list.push_back(std::move(record));
  }
  return list;
}

Result<std::vector<Alert>> ReadAlertsToldTo(Connection& db, std::string_view sink) {
  return db.All(
      SelectAlerts("WHERE opened_at IS NOT NULL AND resolved_at IS NULL AND EXISTS ("
                   "SELECT 1 FROM alert_notice n JOIN delivery_notice o ON o.notice_id = n.id "
                   "JOIN delivery d ON d.id = o.delivery_id WHERE n.alert_id = alert.id "
                   "AND d.sink = ?1 AND d.state = 1) ORDER BY id"),
      ReadAlert, sink);
}

Result<std::vector<std::int64_t>> ReadToldTo(Connection& db, std::string_view sink,
                                             const std::vector<std::int64_t>& alerts) {
  std::vector<std::int64_t> told;
  for (const std::int64_t alert : alerts) {
    ASSIGN_OR_RETURN(const auto found,
                     db.One(
                         "SELECT d.id FROM alert_notice n JOIN delivery_notice o ON "
                         "o.notice_id = n.id JOIN delivery d ON d.id = o.delivery_id "
                         "WHERE n.alert_id = ?1 AND d.sink = ?2 AND d.state = 1 LIMIT 1",
                         [](Row& row) { return row.Integer(); }, alert, sink));
    if (found) told.push_back(alert);
  }
  return told;
}

}  // namespace vdiwatch::collector
