#include "collector/store/sql_incarnation_write.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "collector/store/columns.h"
#include "collector/store/sql_claims.h"
#include "collector/store/sql_content.h"

namespace vdiwatch::collector {
namespace {

using Run = std::span<const Incarnation>;  // none of them twice

using ClaimsByDesktop = std::unordered_map<std::int64_t, ClaimColumns>;

Result<ClaimsByDesktop> FindClaims(Connection& db, Run incarnations) {
  std::unordered_set<std::int64_t> ids;
  for (const auto& incarnation : incarnations) ids.insert(incarnation.desktop_id);
  auto read = [](Row& row) {
    std::int64_t id = row.Integer();
    return std::pair(id, ReadClaimColumns(row));
  };
  ASSIGN_OR_RETURN(auto found, db.AllIn("SELECT id, host_name, smbios_uuid, cloud_vm_id, claims "
                                        "FROM desktop WHERE id = ?1",
                                        read, std::vector<std::int64_t>(ids.begin(), ids.end())));
  return ClaimsByDesktop(std::make_move_iterator(found.begin()),
                         std::make_move_iterator(found.end()));
}

// Whose key it is, by the incarnation's id; of those that are stored.
using Owner = std::pair<std::int64_t, std::string>;  // desktop, key

Result<std::unordered_map<std::int64_t, Owner>> LockOwners(Connection& db, Run incarnations) {
  std::vector<std::int64_t> ids;
  for (const auto& incarnation : incarnations) ids.push_back(incarnation.id);
  auto read = [](Row& row) {
    std::int64_t id = row.Integer(), desktop_id = row.Integer();
    return std::pair(id, Owner(desktop_id, row.Text()));
  };
  ASSIGN_OR_RETURN(auto found, db.AllIn(fmt::format("SELECT id, desktop_id, key FROM incarnation "
                                                    "WHERE id = ?1 ORDER BY id{}",
                                                    db.dialect().lock),
                                        read, ids));
  return std::unordered_map<std::int64_t, Owner>(std::make_move_iterator(found.begin()),
                                                 std::make_move_iterator(found.end()));
}

// Nearly always the same key speaks for the same desktop; the rest moves or makes a row. Revoked
// (4) is for ever, whatever a check-in that was under way makes of it.
constexpr std::string_view kUpdate =
    "UPDATE incarnation SET state = CASE incarnation.state WHEN 4 THEN 4 ELSE ?4 END, "
    "token_id = ?5, enrolled_at = ?6, certificate_expires = ?7, boot_id = ?8, sequence = ?9, "
    "last_seen = ?10, claims = ?11, past_boots = ?12 "
    "WHERE id = ?1 AND desktop_id = ?2 AND key = ?3";
constexpr std::string_view kPut =
    "INSERT INTO incarnation (id, desktop_id, key, state, token_id, enrolled_at, "
    "certificate_expires, boot_id, sequence, last_seen, claims, past_boots) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) "
    "ON CONFLICT (id) DO UPDATE SET desktop_id = excluded.desktop_id, key = excluded.key, "
    "state = CASE incarnation.state WHEN 4 THEN 4 ELSE excluded.state END, "
    "token_id = excluded.token_id, enrolled_at = excluded.enrolled_at, "
    "certificate_expires = excluded.certificate_expires, boot_id = excluded.boot_id, "
    "sequence = excluded.sequence, last_seen = excluded.last_seen, claims = excluded.claims, "
    "past_boots = excluded.past_boots";

void AddRow(const Incarnation& incarnation, const std::optional<std::string>& own_claims,
            Rows& rows) {
  std::optional<std::int64_t> token_id;
  if (incarnation.token_id != 0) token_id = incarnation.token_id;
  rows.Add(incarnation.id, incarnation.desktop_id, Blob{incarnation.key},
           ToColumn(incarnation.state), token_id, incarnation.enrolled_at,
           incarnation.certificate_expires, OrNull{incarnation.boot_id}, incarnation.sequence,
           incarnation.last_seen, own_claims, OrNull{incarnation.past_boots});
}

Result<void> WriteRun(Connection& db, Run incarnations) {
  ASSIGN_OR_RETURN(ClaimsByDesktop claims, FindClaims(db, incarnations));
  ASSIGN_OR_RETURN(auto owners, LockOwners(db, incarnations));
  Rows updated, put;
  for (const auto& incarnation : incarnations) {
    auto shared = claims.find(incarnation.desktop_id);
    if (shared == claims.end()) {
      return Conflict(fmt::format("desktop {} is not stored", incarnation.desktop_id));
    }
    std::optional<std::string> own;
    if (shared->second != ColumnsOf(incarnation.claims)) own = OwnClaims(incarnation.claims);
    auto owner = owners.find(incarnation.id);
    bool same =
        owner != owners.end() && owner->second == Owner(incarnation.desktop_id, incarnation.key);
    AddRow(incarnation, own, same ? updated : put);
  }
  RETURN_IF_ERROR(db.RunEach(kUpdate, updated));
  RETURN_IF_ERROR(db.RunEach(kPut, put));
  return {};
}

// An UPDATE of many rows locks them in any order. Not needed where there is one writer.
template <class ById>
Result<void> LockRows(Connection& db, std::string_view table, const ById& rows) {
  if (db.dialect().lock.empty()) return {};
  std::vector<std::int64_t> ids;
  for (const auto& [id, row] : rows) ids.push_back(id);
  RETURN_IF_ERROR(db.AllIn(
      fmt::format("SELECT id FROM {} WHERE id = ?1 ORDER BY id{}", table, db.dialect().lock),
      [](Row& row) { return row.Integer(); }, ids));
  return {};
}

}  // namespace

Result<void> WriteIncarnations(Connection& db, std::span<const Incarnation> incarnations) {
  return WriteInRuns(
      incarnations, [](const Incarnation& incarnation) { return incarnation.id; },
      [&](Run run) { return WriteRun(db, run); });
}

Result<void> ApplyTouches(Connection& db, std::span<const Touch> touches) {
  std::map<std::int64_t, Time> desktops;
  std::map<std::int64_t, std::pair<Time, std::int64_t>> incarnations;  // seen, sequence
  for (const auto& touch : touches) {
    auto& seen = desktops.emplace(touch.desktop_id, touch.seen).first->second;
    seen = std::max(seen, touch.seen);
    std::pair now(touch.seen, touch.sequence);
    auto& newest = incarnations.emplace(touch.incarnation_id, now).first->second;
    newest = std::max(newest, now);
  }
  Rows seen, reported;
  for (const auto& [id, at] : desktops) seen.Add(id, at);
  for (const auto& [id, newest] : incarnations) reported.Add(id, newest.first, newest.second);
  // Desktops first and in the order of ids, as a commit locks them.
  RETURN_IF_ERROR(LockRows(db, "desktop", desktops));
  RETURN_IF_ERROR(
      db.RunEach("UPDATE desktop SET last_seen = ?2 WHERE id = ?1 AND last_seen < ?2", seen));
  RETURN_IF_ERROR(LockRows(db, "incarnation", incarnations));
  RETURN_IF_ERROR(
      db.RunEach("UPDATE incarnation SET last_seen = ?2, sequence = ?3 WHERE id = ?1 AND "
                 "(last_seen < ?2 OR (last_seen = ?2 AND sequence < ?3))",
                 reported));
  return {};
}

}  // namespace vdiwatch::collector
