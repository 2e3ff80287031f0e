#include "collector/store/sql_reports.h"

#include <fmt/format.h>

#include <utility>

#include "base/json.h"
#include "collector/store/columns.h"

namespace vdiwatch::collector {
namespace {

// Numbers are part of the schema, as in columns.h.
constexpr std::int64_t ToColumn(ReportDelivery::State s) { return static_cast<std::int64_t>(s); }
ReportDelivery::State StateOfColumn(std::int64_t number) {
  constexpr auto kLast = static_cast<std::int64_t>(ReportDelivery::State::kFailed);
  return number < 0 || number > kLast ? ReportDelivery::State::kFailed
                                      : static_cast<ReportDelivery::State>(number);
}

// A list of texts stands in a column as the ids of waivers do: a JSON array.
constexpr std::string_view kSelectSchedules =
    "SELECT id, version, name, scope, format, sink, due, recipients, enabled, created_by, next_due "
    "FROM report_schedule ";
ReportSchedule ReadSchedule(Row& row) {
  ReportSchedule schedule;
  schedule.id = row.Integer();
  schedule.version = row.Integer();
  schedule.name = row.Text();
  schedule.scope = row.Text();
  schedule.format = row.Text();
  schedule.sink = row.Text();
  schedule.when = row.Text();
  schedule.recipients = WaiversOfColumn(row.Text());
  schedule.enabled = row.Integer() != 0;
  schedule.created_by = row.Text();
  schedule.next_due = row.At();
  return schedule;
}

constexpr std::string_view kSelectDeliveries =
    "SELECT id, schedule_id, due_at, state, attempts, next_at, updated_at, answer "
    "FROM report_delivery ";
ReportDelivery ReadDelivery(Row& row) {
  ReportDelivery delivery;
  delivery.id = row.Integer();
  delivery.schedule_id = row.Integer();
  delivery.due_at = row.At();
  delivery.state = StateOfColumn(row.Integer());
  delivery.attempts = row.Integer();
  delivery.next_at = row.At();
  delivery.updated_at = row.At();
  delivery.answer = row.Text();
  return delivery;
}

Error NoSchedule(std::int64_t id) {
  return NotFound(fmt::format("there is no report schedule {}", id));
}

// Why no row of this id and version was written.
Result<void> Missed(Connection& db, std::int64_t id) {
  ASSIGN_OR_RETURN(auto found,
                   db.One(fmt::format("{}WHERE id = ?1", kSelectSchedules), ReadSchedule, id));
  if (!found) return NoSchedule(id);
  return Conflict(
      fmt::format("the schedule was changed meanwhile; its version is {} by now", found->version));
}

Result<void> Insert(Connection& db, const ReportSchedule& schedule) {
  RETURN_IF_ERROR(db.Run(
      "INSERT INTO report_schedule (id, version, name, scope, format, sink, due, recipients, "
      "enabled, created_by, next_due) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
      schedule.id, schedule.version, schedule.name, schedule.scope, schedule.format, schedule.sink,
      schedule.when, Json(schedule.recipients).dump(), schedule.enabled, schedule.created_by,
      schedule.next_due));
  return {};
}

Result<void> Replace(Connection& db, const ReportSchedule& schedule) {
  ASSIGN_OR_RETURN(
      const std::int64_t changed,
      db.Run("UPDATE report_schedule SET version = ?2, name = ?3, scope = ?4, format = ?5, "
             "sink = ?6, due = ?7, recipients = ?8, enabled = ?9, next_due = ?10 "
             "WHERE id = ?1 AND version = ?2 - 1",
             schedule.id, schedule.version, schedule.name, schedule.scope, schedule.format,
             schedule.sink, schedule.when, Json(schedule.recipients).dump(), schedule.enabled,
             schedule.next_due));
  return changed == 0 ? Missed(db, schedule.id) : Result<void>();
}

Result<void> Delete(Connection& db, std::int64_t id, std::int64_t version) {
  ASSIGN_OR_RETURN(
      const std::int64_t gone,
      db.Run("DELETE FROM report_schedule WHERE id = ?1 AND version = ?2", id, version));
  return gone == 0 ? Missed(db, id) : Result<void>();
}

Result<bool> Take(Connection& db, const ReportSchedule& schedule, Time due_at, Time next_due) {
  ASSIGN_OR_RETURN(const std::int64_t moved,
                   db.Run("UPDATE report_schedule SET next_due = ?4 WHERE id = ?1 AND version = ?2 "
                          "AND next_due = ?3",
                          schedule.id, schedule.version, schedule.next_due, next_due));
  if (moved == 0) return false;
  RETURN_IF_ERROR(db.Run(
      "INSERT INTO report_delivery (schedule_id, due_at, state, attempts, next_at, updated_at, "
      "answer) VALUES (?1, ?2, 0, 0, ?2, ?2, '') ON CONFLICT (schedule_id, due_at) DO NOTHING",
      schedule.id, due_at));
  return true;
}

Result<void> RecordOne(Connection& db, const ReportDelivery& delivery) {
  ASSIGN_OR_RETURN(const std::int64_t changed,
                   db.Run("UPDATE report_delivery SET state = ?2, next_at = ?3, updated_at = ?4, "
                          "answer = ?5 WHERE id = ?1",
                          delivery.id, ToColumn(delivery.state), delivery.next_at,
                          delivery.updated_at, delivery.answer));
  if (changed == 0) return NotFound(fmt::format("there is no report delivery {}", delivery.id));
  return {};
}

class SqlReports : public ReportStore {
 public:
  explicit SqlReports(std::shared_ptr<SqlDatabase> database) : db_(std::move(database)) {}

  Result<std::vector<ReportSchedule>> Schedules() override {
    return db_->Read([&](Connection& db) {
      return db.All(fmt::format("{}ORDER BY name, id", kSelectSchedules), ReadSchedule);
    });
  }
  Result<ReportSchedule> FindSchedule(std::int64_t id) override {
    ASSIGN_OR_RETURN(auto found, db_->Read([&](Connection& db) {
      return db.One(fmt::format("{}WHERE id = ?1", kSelectSchedules), ReadSchedule, id);
    }));
    if (!found) return NoSchedule(id);
    return *std::move(found);
  }
  Result<void> AddSchedule(const ReportSchedule& schedule) override {
    return db_->Write([&](Connection& db) { return Insert(db, schedule); });
  }
  Result<void> ReplaceSchedule(const ReportSchedule& schedule) override {
    return db_->Write([&](Connection& db) { return Replace(db, schedule); });
  }
  Result<void> DeleteSchedule(std::int64_t id, std::int64_t version) override {
    return db_->Write([&](Connection& db) { return Delete(db, id, version); });
  }

  Result<std::vector<ReportSchedule>> DueSchedules(Time now) override {
    return db_->Read([&](Connection& db) {
      return db.All(fmt::format("{}WHERE enabled = 1 AND next_due <= ?1 ORDER BY next_due, id",
                                kSelectSchedules),
                    ReadSchedule, now);
    });
  }
  Result<bool> TakeDue(const ReportSchedule& schedule, Time due_at, Time next_due) override {
    return db_->Write([&](Connection& db) { return Take(db, schedule, due_at, next_due); });
  }

  Result<std::vector<ReportDelivery>> DueDeliveries(Time now, std::int64_t limit) override {
    return db_->Read([&](Connection& db) {
      return db.All(fmt::format("{}WHERE state = 0 AND next_at <= ?1 ORDER BY next_at, id LIMIT ?2",
                                kSelectDeliveries),
                    ReadDelivery, now, limit);
    });
  }
  Result<bool> BeginAttempt(const ReportDelivery& delivery, Time until) override {
    ASSIGN_OR_RETURN(const std::int64_t begun, db_->Write([&](Connection& db) {
      return db.Run(
          "UPDATE report_delivery SET attempts = attempts + 1, next_at = ?3 "
          "WHERE id = ?1 AND attempts = ?2 AND state = 0",
          delivery.id, delivery.attempts, until);
    }));
    return begun == 1;
  }
  Result<void> Record(const ReportDelivery& delivery) override {
    return db_->Write([&](Connection& db) { return RecordOne(db, delivery); });
  }
  Result<std::vector<ReportDelivery>> Deliveries(std::int64_t schedule_id,
                                                 std::int64_t limit) override {
    return db_->Read([&](Connection& db) {
      return db.All(fmt::format("{}WHERE schedule_id = ?1 ORDER BY due_at DESC, id DESC LIMIT ?2",
                                kSelectDeliveries),
                    ReadDelivery, schedule_id, limit);
    });
  }

 private:
  std::shared_ptr<SqlDatabase> db_;
};

}  // namespace

std::shared_ptr<ReportStore> MakeSqlReports(std::shared_ptr<SqlDatabase> database) {
  return std::make_shared<SqlReports>(std::move(database));
}

}  // namespace vdiwatch::collector
