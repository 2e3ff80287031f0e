#include "collector/store/sql_pools.h"

#include <fmt/format.h>

#include <unordered_map>
#include <vector>

#include "base/text.h"
#include "collector/store/columns.h"
#include "collector/store/sql_content.h"
#include "collector/store/sql_rows.h"

namespace vdiwatch::collector {
namespace {

// Grades by pool id, of pools that are stored; unknown before they were judged.
Result<std::unordered_map<std::int64_t, policy::Grade>> LockGrades(
    Connection& db, std::span<const PoolChange> pools) {
  std::vector<std::int64_t> ids;
  for (const auto& change : pools) ids.push_back(change.pool_id);
  ASSIGN_OR_RETURN(
      auto found,
      db.AllIn(SelectPools(fmt::format("WHERE id = ?1 ORDER BY id{}", db.dialect().lock)), ReadPool,
               ids));
  std::unordered_map<std::int64_t, policy::Grade> grades;
  for (const auto& pool : found) {
    grades.emplace(pool.id, pool.state ? pool.state->grade : policy::Grade::kUnknown);
  }
  return grades;
}

Result<void> WriteRun(Connection& db, std::span<const PoolChange> pools, std::int64_t policy_id,
                      Time at) {
  ASSIGN_OR_RETURN(auto before, LockGrades(db, pools));
  Rows rows, log;
  for (const auto& change : pools) {
    auto from = before.find(change.pool_id);
    if (from == before.end()) {
      return Conflict(fmt::format("pool {} is not stored", change.pool_id));
    }
    std::int64_t grade = ToColumn(change.state.grade);
    const std::string pending_rules = PendingToColumn(change.state.pending);
    rows.Add(change.pool_id, grade, change.state.since, PendingOfPool(change.state.pending),
             change.reasons, OrNull{pending_rules});
    if (!change.grade_changed) continue;
    log.Add(change.pool_id, at, ToColumn(from->second), grade, policy_id, change.reasons);
  }
  RETURN_IF_ERROR(
      db.RunEach("UPDATE pool SET grade = ?2, since = ?3, pending_since = ?4, reasons = ?5, "
                 "pending_rules = ?6 WHERE id = ?1",
                 rows));
  RETURN_IF_ERROR(
      db.RunEach("INSERT INTO pool_log (pool_id, at, from_grade, to_grade, policy_id, reasons) "
                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                 log));
  return {};
}

ProfileCount ReadCount(Row& row) {
  ProfileCount count;
  count.profile = row.Text();
  count.presence = PresenceOfColumn(row.Integer());
  count.desktops = row.Integer();
  return count;
}

}  // namespace

Result<std::optional<Pool>> FindPool(Connection& db, std::string_view name) {
  return db.One(SelectPools("WHERE name = ?1"), ReadPool, name);
}

Result<Pool> MakePool(Connection& db, std::string_view name) {
  RETURN_IF_ERROR(
      db.Run("INSERT INTO pool (name) VALUES (?1) ON CONFLICT (name) DO NOTHING", name));
  ASSIGN_OR_RETURN(auto pool, FindPool(db, name));
  if (!pool) return Internal(fmt::format("pool '{}' vanished while it was made", Printable(name)));
  return std::move(*pool);
}

Result<void> WritePools(Connection& db, std::span<const PoolChange> pools, std::string_view policy,
                        Time at) {
  ASSIGN_OR_RETURN(auto policy_id, RequirePolicySet(db, policy));
  return WriteInRuns(
      pools, [](const PoolChange& change) { return change.pool_id; },
      [&](std::span<const PoolChange> run) { return WriteRun(db, run, policy_id, at); });
}

Result<std::int64_t> WriteEnrolToken(Connection& db, const EnrolToken& token) {
  if (token.id != 0) {
    ASSIGN_OR_RETURN(
        auto updated,
        db.Run("UPDATE enrol_token SET hash = ?2, pool_id = ?3, created_at = ?4, "
               "expires_at = ?5, max_uses = ?6, cidr = ?7, revoked = ?8, note = ?9 "
               "WHERE id = ?1",
               token.id, Blob{token.hash}, token.pool_id, token.created_at, token.expires_at,
               token.max_uses, token.cidr, token.revoked, token.note));
    if (updated == 0) return NotFound(fmt::format("there is no enrolment token {}", token.id));
    return token.id;
  }
  RETURN_IF_ERROR(db.Run(
      "INSERT INTO enrol_token (hash, pool_id, created_at, expires_at, max_uses, uses, cidr, "
      "revoked, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
      Blob{token.hash}, token.pool_id, token.created_at, token.expires_at, token.max_uses,
      token.uses, token.cidr, token.revoked, token.note));
  ASSIGN_OR_RETURN(auto id, db.One(
                                "SELECT id FROM enrol_token WHERE hash = ?1",
                                [](Row& row) { return row.Integer(); }, Blob{token.hash}));
  return id.value_or(0);
}

Result<void> WritePolicySet(Connection& db, std::string_view digest, std::string_view files,
                            Time at) {
  ASSIGN_OR_RETURN(std::string raw, RawDigest(digest));
  RETURN_IF_ERROR(
      db.Run("INSERT INTO policy_set (digest, files, at) VALUES (?1, ?2, ?3) "
             "ON CONFLICT (digest) DO NOTHING",
             Blob{raw}, files, at));
  RETURN_IF_ERROR(
      db.Run("INSERT INTO policy_log (policy_id, at) SELECT s.id, ?2 FROM policy_set s "
             "WHERE s.digest = ?1 AND NOT EXISTS (SELECT 1 FROM policy_log l WHERE "
             "l.policy_id = s.id AND l.id = (SELECT max(id) FROM policy_log))",
             Blob{raw}, at));
  return {};
}

Result<std::vector<StoredPolicySet>> ListPolicySets(Connection& db, std::int64_t limit) {
  auto read = [](Row& row) { return StoredPolicySet{DigestOfRaw(row.Text()), row.At(), ""}; };
  return db.All("SELECT digest, at FROM policy_set ORDER BY id DESC LIMIT ?1", read, limit);
}

Result<StoredPolicySet> FindPolicySet(Connection& db, std::string_view digest) {
  ASSIGN_OR_RETURN(std::string raw, RawDigest(digest));
  auto read = [&](Row& row) { return StoredPolicySet{std::string(digest), row.At(), row.Text()}; };
  ASSIGN_OR_RETURN(auto found,
                   db.One("SELECT at, files FROM policy_set WHERE digest = ?1", read, Blob{raw}));
  if (!found) return NotFound(fmt::format("policy set '{}' is not stored", Printable(digest)));
  return std::move(*found);
}

Result<std::vector<Profile>> AllProfiles(Connection& db) {
  return db.All(
      "SELECT p.digest, p.pool_id, f.digest, p.state, p.derived, p.waivers "
      "FROM profile p JOIN fact_set f ON f.id = p.facts_id ORDER BY p.id",
      ReadProfile);
}

Result<std::vector<ProfileCount>> PoolCounts(Connection& db, std::int64_t pool_id) {
  return db.All(
      "SELECT p.digest, c.presence, c.desktops FROM profile p "
      "JOIN profile_count c ON c.profile_id = p.id WHERE p.pool_id = ?1 AND c.desktops > 0 "
      "UNION ALL SELECT NULL, presence, desktops FROM unjudged_count "
      "WHERE pool_id = ?1 AND desktops > 0",
      ReadCount, pool_id);
}

}  // namespace vdiwatch::collector
