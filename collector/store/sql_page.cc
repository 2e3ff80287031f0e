#include "collector/store/sql_page.h"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "base/text.h"
#include "collector/store/columns.h"
#include "collector/store/sql_content.h"

namespace vdiwatch::collector {
namespace {

using policy::Grade;
using Ids = std::vector<std::int64_t>;

// How many desktops behind the cursor are looked at one by one before an index is asked instead,
// and how many an index may answer to be worth asking.
constexpr int kProbe = 4000;
constexpr int kProbeOfPool = 1000;  // which lie scattered
constexpr int kFew = 20'000;

// One condition on columns of `desktop`; the parameters ?1 to ?9 are those of Parameters.
struct Condition {
  std::string sql;
  // A SELECT of the ids that an index finds for it, and perhaps of some more; of the pool, if the
  // filter names one. Empty: no index knows.
  std::string matches = {};
};

struct Parameters {
  std::optional<std::int64_t> grade;
  std::optional<std::int64_t> presence;
  std::string profiles = "[]";  // a JSON array of profile ids
  std::string search;
  std::optional<std::int64_t> search_id;
  std::string pools = "[]";  // a JSON array of pool ids
};

struct Query {
  std::vector<Condition> conditions;
  Parameters parameters;
  std::optional<Condition> search;  // also among the conditions; its index is read to the end
};

std::int64_t ReadId(Row& row) { return row.Integer(); }

std::string NumbersOf(Connection& db, std::string_view json) {
  return fmt::format(fmt::runtime(db.dialect().numbers_of), json);
}

std::string HostContains(Connection& db, std::string_view part) {
  return fmt::format(fmt::runtime(db.dialect().contains), "host_name", part);
}

std::string JsonArray(const Ids& ids) {
  std::vector<std::string> numbers;
  for (const std::int64_t id : ids) numbers.push_back(std::to_string(id));
  return "[" + Join(numbers, ",") + "]";
}

Result<std::string> ProfileIds(Connection& db, const std::vector<std::string>& digests) {
  ASSIGN_OR_RETURN(IdsByDigest found, FindIds(db, kFindProfile, digests));
  Ids ids;
  for (const auto& [digest, id] : found) ids.push_back(id);
  return JsonArray(ids);
}

constexpr std::string_view kMatches = "SELECT id FROM desktop WHERE ";

Condition Indexed(std::string sql) {
  std::string matches = std::string(kMatches) + sql;
  return {std::move(sql), std::move(matches)};
}

// Stale desktops (2) and those without a verdict are unknown. `presence <> 0` is what the partial
// index desktop_away is about, and must be said for it to be used.
Condition OfGrade(Grade grade) {
  if (grade != Grade::kUnknown) {
    return Indexed(
        "presence <> 2 AND profile_id IN "
        "(SELECT profile_id FROM profile_verdict WHERE grade = ?3)");
  }
  return Indexed(
      "((presence = 2 AND presence <> 0) OR profile_id IS NULL OR profile_id IN "
      "(SELECT p.id FROM profile p LEFT JOIN profile_verdict v ON v.profile_id = p.id "
      "WHERE coalesce(v.grade, ?3) = ?3))");
}

// The same within a pool, by its own profiles. Only the counts tell cheaply whether it has desktops
// without a profile; they leave out retired ones.
Condition OfGradeInPool(Grade grade, bool retired) {
  if (grade != Grade::kUnknown) {
    const std::string profiles =
        "profile_id IN (SELECT v.profile_id FROM profile p JOIN profile_verdict v "
        "ON v.profile_id = p.id WHERE p.pool_id = ?2 AND v.grade = ?3)";
    return {"presence <> 2 AND " + profiles, std::string(kMatches) + profiles};
  }
  const std::string profiles =
      "profile_id IN (SELECT p.id FROM profile p LEFT JOIN profile_verdict v "
      "ON v.profile_id = p.id WHERE p.pool_id = ?2 AND coalesce(v.grade, ?3) = ?3)";
  Condition condition{"(presence = 2 OR profile_id IS NULL OR " + profiles + ")"};
  if (retired) return condition;
  condition.matches = fmt::format(
      "{0}pool_id = ?2 AND presence = 2 UNION ALL {0}{1} UNION ALL {0}pool_id = ?2 AND "
      "profile_id IS NULL AND EXISTS "
      "(SELECT 1 FROM unjudged_count WHERE pool_id = ?2 AND desktops > 0)",
      kMatches, profiles);
  return condition;
}

Condition OfPresence(const DesktopFilter& filter) {
  if (!filter.presence) return {"presence <> 3"};
  if (*filter.presence == Presence::kLive) return {"presence = ?4"};
  if (!filter.pool_id) return Indexed("presence = ?4 AND presence <> 0");
  return {"presence = ?4", std::string(kMatches) + "pool_id = ?2 AND presence = ?4"};
}

Condition OfSearch(Connection& db, bool in_pool) {
  const std::string contains = HostContains(db, "?6");
  return {fmt::format("({} OR id = ?7)", contains),
          fmt::format("{}{}host_name IS NOT NULL AND {} UNION ALL SELECT ?7 WHERE ?7 IS NOT NULL",
                      kMatches, in_pool ? "pool_id = ?2 AND " : "", contains)};
}

Result<Query> MakeQuery(Connection& db, const DesktopFilter& filter) {
  Query query;
  auto& conditions = query.conditions;
  auto& parameters = query.parameters;
  conditions.push_back(OfPresence(filter));
  if (filter.presence) parameters.presence = ToColumn(*filter.presence);
  if (filter.reporting) conditions.push_back({"presence IN (0, 1)"});
  if (filter.grade) {
    conditions.push_back(filter.pool_id
                             ? OfGradeInPool(*filter.grade, filter.presence == Presence::kRetired)
                             : OfGrade(*filter.grade));
    parameters.grade = ToColumn(*filter.grade);
  }
  if (filter.pool_ids) {
    parameters.pools = JsonArray(*filter.pool_ids);
    conditions.push_back(Indexed(fmt::format("pool_id IN ({})", NumbersOf(db, "?8"))));
  }
  if (filter.profiles) {
    ASSIGN_OR_RETURN(parameters.profiles, ProfileIds(db, *filter.profiles));
    conditions.push_back(Indexed(fmt::format("profile_id IN ({})", NumbersOf(db, "?5"))));
  }
  if (!filter.search.empty()) {
    parameters.search = ToLower(filter.search);
    parameters.search_id = ParseIdText(parameters.search);
    query.search = OfSearch(db, filter.pool_id.has_value());
    conditions.push_back({query.search->sql});
  }
  return query;
}

std::string AllOf(const std::vector<Condition>& conditions) {
  std::string all;
  for (const auto& condition : conditions) all += " AND " + condition.sql;
  return all;
}

// Every statement ends with LIMIT ?9, so that it has all of the parameters.
Result<Ids> Ask(Connection& db, const std::string& sql, const DesktopFilter& filter,
                const Parameters& parameters, std::int64_t limit) {
  return db.All(sql, ReadId, filter.after, filter.pool_id, parameters.grade, parameters.presence,
                parameters.profiles, parameters.search, parameters.search_id, parameters.pools,
                limit);
}

// The conditions' own matches, if an index finds that there are few of them; else the search's.
Result<std::optional<std::string>> FewBy(Connection& db, const DesktopFilter& filter,
                                         const Query& query) {
  for (const auto& condition : query.conditions) {
    if (condition.matches.empty()) continue;
    ASSIGN_OR_RETURN(
        Ids count, Ask(db, fmt::format("SELECT count(*) FROM ({} LIMIT ?9) few", condition.matches),
                       filter, query.parameters, kFew + 1));
    if (count.front() <= kFew) return std::optional(condition.matches);
  }
  if (!query.search) return std::optional<std::string>();
  return std::optional(query.search->matches);
}

}  // namespace

Result<Ids> PageOfDesktops(Connection& db, const DesktopFilter& filter) {
  ASSIGN_OR_RETURN(Query query, MakeQuery(db, filter));
  const std::string conditions = AllOf(query.conditions);
  const std::string pool = filter.pool_id ? " AND pool_id = ?2" : "";
  // Ids are random, so the next desktops are a fair sample: if the condition is frequent, the page
  // is full after a few of them.
  std::string probe = fmt::format(
      "SELECT id FROM (SELECT id, pool_id, presence, profile_id, host_name FROM desktop "
      "WHERE id > ?1{} ORDER BY id LIMIT {}) next WHERE 1 = 1{} ORDER BY id LIMIT ?9",
      pool, filter.pool_id ? kProbeOfPool : kProbe, conditions);
  ASSIGN_OR_RETURN(Ids page, Ask(db, probe, filter, query.parameters, filter.limit));
  if (std::ssize(page) == filter.limit) return page;
  // The planner knows no sizes, so it is told where to begin: with the few, with the pool, or with
  // the next id.
  ASSIGN_OR_RETURN(const auto few, FewBy(db, filter, query));
  std::string whole =
      fmt::format("SELECT id FROM desktop {} WHERE id > ?1{}{}{} ORDER BY id LIMIT ?9",
                  filter.pool_id && !few ? db.dialect().by_pool : db.dialect().by_id, pool,
                  few ? fmt::format(" AND id IN ({})", *few) : "", conditions);
  return Ask(db, whole, filter, query.parameters, filter.limit);
}

}  // namespace vdiwatch::collector
