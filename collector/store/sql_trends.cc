#include "collector/store/sql_trends.h"

#include <algorithm>

#include "collector/store/columns.h"
#include "collector/store/day_memory.h"
#include "collector/store/sql_reader.h"

namespace vdiwatch::collector {
namespace {

using policy::Grade;

constexpr std::int64_t kDay = 86'400;

std::int64_t ToColumn(Time day) { return ToUnix(day) / kDay; }
Time DayOfColumn(std::int64_t number) { return FromUnix(number * kDay); }

std::int64_t CountOf(const PoolSummary& summary, Grade grade) {
  const auto found = summary.grades.find(grade);
  const std::int64_t judged = found == summary.grades.end() ? 0 : found->second;
  return grade == Grade::kUnknown ? judged + summary.stale + summary.unjudged : judged;
}

Grade GradeOf(const PoolSummary& summary) {
  return summary.pool.state ? summary.pool.state->grade : Grade::kUnknown;
}

void Put(std::map<Grade, std::int64_t>& counts, Grade grade, std::int64_t count) {
  if (count > 0) counts[grade] += count;
}

PoolDay ReadPoolDay(Row& row) {
  PoolDay day;
  day.day = DayOfColumn(row.Integer());
  day.pool_id = row.Integer();
  day.pool = row.Text();
  day.grade = GradeOfColumn(row.Integer());
  day.reporting = row.Integer();
  for (const Grade grade : kDayGrades) Put(day.desktops, grade, row.Integer());
  return day;
}

struct FleetRow {
  Time day{};
  Grade grade = Grade::kUnknown;
  std::int64_t desktops = 0, pools = 0, reporting = 0;
};

FleetRow ReadFleetRow(Row& row) {
  return {DayOfColumn(row.Integer()), GradeOfColumn(row.Integer()), row.Integer(), row.Integer(),
          row.Integer()};
}

PoolTurn ReadTurn(Row& row) {
  PoolTurn turn;
  turn.id = row.Integer();
  turn.at = row.At();
  turn.pool_id = row.Integer();
  turn.pool = row.Text();
  turn.from = GradeOfColumn(row.Integer());
  turn.to = GradeOfColumn(row.Integer());
  turn.policy = DigestOfRaw(row.Text());
  turn.reasons = row.Text();
  return turn;
}

Rows PoolRows(const std::vector<PoolSummary>& summaries, std::int64_t day) {
  Rows rows;
  for (const PoolSummary& s : summaries) {
    rows.Add(day, s.pool.id, collector::ToColumn(GradeOf(s)), s.live + s.off,
             CountOf(s, Grade::kCompliant), CountOf(s, Grade::kConditional),
             CountOf(s, Grade::kUnknown), CountOf(s, Grade::kNoncompliant),
             CountOf(s, Grade::kWaived), CountOf(s, Grade::kNotApplicable));
  }
  return rows;
}

// The reporting desktops of all pools stand in the row of the first grade.
Rows FleetRows(const std::vector<PoolSummary>& summaries, std::int64_t day) {
  Rows rows;
  std::int64_t reporting = 0;
  for (const PoolSummary& summary : summaries) reporting += summary.live + summary.off;
  for (const Grade grade : kDayGrades) {
    std::int64_t desktops = 0, pools = 0;
    for (const PoolSummary& summary : summaries) {
      desktops += CountOf(summary, grade);
      pools += GradeOf(summary) == grade ? 1 : 0;
    }
    rows.Add(day, collector::ToColumn(grade), desktops, pools,
             grade == kDayGrades[0] ? reporting : std::int64_t{0});
  }
  return rows;
}

Result<void> Record(Connection& db, std::int64_t day, std::int64_t keep_from) {
  ASSIGN_OR_RETURN(const auto summaries, PoolSummaries(db));
  for (const char* table : {"pool_day", "fleet_day"}) {
    RETURN_IF_ERROR(db.Run(std::string("DELETE FROM ") + table + " WHERE day = ?1 OR day < ?2", day,
                           keep_from));
  }
  RETURN_IF_ERROR(
      db.RunEach("INSERT INTO pool_day (day, pool_id, grade, reporting, compliant, conditional, "
                 "unknown, noncompliant, waived, not_applicable) "
                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                 PoolRows(summaries, day)));
  RETURN_IF_ERROR(
      db.RunEach("INSERT INTO fleet_day (day, grade, desktops, pools, reporting) "
                 "VALUES (?1, ?2, ?3, ?4, ?5)",
                 FleetRows(summaries, day)));
  return {};
}

Result<std::vector<FleetDay>> ReadFleetDays(Connection& db, std::int64_t from) {
  ASSIGN_OR_RETURN(const auto rows,
                   db.All("SELECT day, grade, desktops, pools, reporting FROM fleet_day "
                          "WHERE day >= ?1 ORDER BY day, grade",
                          ReadFleetRow, from));
  std::vector<FleetDay> days;
  for (const FleetRow& row : rows) {
    if (days.empty() || days.back().day != row.day) days.emplace_back().day = row.day;
    Put(days.back().desktops, row.grade, row.desktops);
    Put(days.back().pools, row.grade, row.pools);
    days.back().reporting += row.reporting;
  }
  return days;
}

DayOfOnePool ReadDayOfOnePool(Row& row) {
  DayOfOnePool pool;
  pool.pool_id = row.Integer();
  pool.grade = GradeOfColumn(row.Integer());
  pool.reporting = static_cast<std::uint32_t>(row.Integer());
  for (std::uint32_t& count : pool.desktops) count = static_cast<std::uint32_t>(row.Integer());
  return pool;
}

Result<PoolsOfDay> ReadDay(Connection& db, Time day) {
  ASSIGN_OR_RETURN(auto pools,
                   db.All("SELECT pool_id, grade, reporting, compliant, conditional, unknown, "
                          "noncompliant, waived, not_applicable FROM pool_day WHERE day = ?1",
                          ReadDayOfOnePool, ToColumn(day)));
  std::ranges::sort(pools, {}, &DayOfOnePool::pool_id);
  return std::make_shared<const std::vector<DayOfOnePool>>(std::move(pools));
}

constexpr std::string_view kSelectPoolDays =
    "SELECT d.day, d.pool_id, p.name, d.grade, d.reporting, d.compliant, d.conditional, d.unknown, "
    "d.noncompliant, d.waived, d.not_applicable FROM pool_day d JOIN pool p ON p.id = d.pool_id ";

class SqlTrends : public TrendStore {
 public:
  explicit SqlTrends(std::shared_ptr<SqlDatabase> database) : db_(std::move(database)) {}

  Result<void> RecordDay(Time now, Time keep_from) override {
    RETURN_IF_ERROR(
        db_->Write([&](Connection& db) { return Record(db, ToColumn(now), ToColumn(keep_from)); }));
    memory_.ForgetBefore(DayOf(keep_from));
    return {};
  }
  Result<std::vector<FleetDay>> FleetDays(Time from) override {
    return db_->Read([&](Connection& db) { return ReadFleetDays(db, ToColumn(from)); });
  }
  Result<std::vector<PoolDay>> PoolDays(const std::vector<std::int64_t>& pool_ids,
                                        Time from) override {
    return db_->Read([&](Connection& db) -> Result<std::vector<PoolDay>> {
      std::vector<PoolDay> days;
      const std::string sql =
          std::string(kSelectPoolDays) + "WHERE d.pool_id = ?1 AND d.day >= ?2 ORDER BY d.day";
      for (const std::int64_t pool : pool_ids) {
        ASSIGN_OR_RETURN(auto found, db.All(sql, ReadPoolDay, pool, ToColumn(from)));
        days.insert(days.end(), std::make_move_iterator(found.begin()),
                    std::make_move_iterator(found.end()));
      }
      return days;
    });
  }
  // What a day counts in the fleet tells whether it is still the one that is remembered.
  Result<std::vector<FleetDay>> DaysTogether(std::vector<std::int64_t> pool_ids,
                                             Time from) override {
    std::ranges::sort(pool_ids);
    return db_->Read([&](Connection& db) -> Result<std::vector<FleetDay>> {
      ASSIGN_OR_RETURN(const auto days, ReadFleetDays(db, ToColumn(from)));
      std::vector<FleetDay> together;
      for (const FleetDay& day : days) {
        PoolsOfDay pools = memory_.Find(day);
        if (!pools) {
          ASSIGN_OR_RETURN(pools, ReadDay(db, day.day));
          const bool over = &day != &days.back();  // the newest may be written again
          if (over) memory_.Keep(day, pools);
        }
        if (auto sum = AddUp(day.day, *pools, pool_ids)) together.push_back(*std::move(sum));
      }
      return together;
    });
  }
  Result<std::vector<PoolDay>> PoolsBefore(Time at) override {
    return db_->Read([&](Connection& db) {
      return db.All(std::string(kSelectPoolDays) +
                        "WHERE d.day = (SELECT max(day) FROM fleet_day WHERE day < ?1) "
                        "ORDER BY p.name",
                    ReadPoolDay, ToColumn(at));
    });
  }
  Result<std::vector<PoolTurn>> TurnsSince(Time since,
                                           std::optional<std::pair<Time, std::int64_t>> after,
                                           std::int64_t limit) override {
    const std::int64_t before = after ? ToUnix(after->first) : std::int64_t{1} << 60;
    const std::int64_t id = after ? after->second : 0;
    return db_->Read([&](Connection& db) {
      return db.All(
          "SELECT l.id, l.at, l.pool_id, p.name, l.from_grade, l.to_grade, s.digest, l.reasons "
          "FROM pool_log l JOIN pool p ON p.id = l.pool_id JOIN policy_set s ON s.id = l.policy_id "
          "WHERE l.at >= ?1 AND (l.at, l.id) < (?2, ?3) ORDER BY l.at DESC, l.id DESC LIMIT ?4",
          ReadTurn, since, before, id, limit);
    });
  }

 private:
  std::shared_ptr<SqlDatabase> db_;
  DayMemory memory_;
};

}  // namespace

std::int64_t PoolDay::total() const {
  std::int64_t sum = 0;
  for (const auto& [grade, count] : desktops) sum += count;
  return sum;
}

Time DayOf(Time at) { return DayOfColumn(ToColumn(at)); }

std::shared_ptr<TrendStore> MakeSqlTrends(std::shared_ptr<SqlDatabase> database) {
  return std::make_shared<SqlTrends>(std::move(database));
}

}  // namespace vdiwatch::collector
