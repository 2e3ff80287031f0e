#include "server/trend_json.h"

#include "server/api_json.h"

namespace vdiwatch::server {
namespace {

using policy::Grade;

constexpr Grade kScale[] = {Grade::kCompliant, Grade::kConditional, Grade::kUnknown,
                            Grade::kNoncompliant};
constexpr Grade kAll[] = {Grade::kCompliant,    Grade::kConditional, Grade::kUnknown,
                          Grade::kNoncompliant, Grade::kWaived,      Grade::kNotApplicable};

}  // namespace

std::string DateText(Time day) { return FormatTime(day).substr(0, 10); }

Json CountsJson(const std::map<Grade, std::int64_t>& counts) {
  Json json = Json::object();
  for (const Grade grade : kScale) json[std::string(policy::ToString(grade))] = 0;
  for (const auto& [grade, count] : counts) {
    if (count > 0) json[std::string(policy::ToString(grade))] = count;
  }
  return json;
}

collector::PoolDay DayOfPool(const collector::PoolSummary& summary, Time day) {
  collector::PoolDay today;
  today.day = day;
  today.pool_id = summary.pool.id;
  today.pool = summary.pool.name;
  today.grade = GradeOf(summary);
  today.reporting = summary.live + summary.off;
  for (const Grade grade : kAll) {
    if (const auto count = GradeCount(summary, grade); count > 0) today.desktops[grade] = count;
  }
  return today;
}

}  // namespace vdiwatch::server
