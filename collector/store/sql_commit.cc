#include "collector/store/sql_commit.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/text.h"
#include "collector/store/columns.h"
#include "collector/store/sql_counts.h"
#include "collector/store/sql_desktop_write.h"
#include "collector/store/sql_rows.h"

namespace vdiwatch::collector {
namespace {

using Contents = std::vector<std::pair<std::string, std::string>>;

Result<void> WriteContents(Connection& db, std::string_view insert, const Contents& contents) {
  for (const auto& [digest, text] : contents) {
    ASSIGN_OR_RETURN(std::string raw, RawDigest(digest));
    RETURN_IF_ERROR(db.Run(insert, Blob{raw}, text));
  }
  return {};
}

Result<void> WriteProfile(Connection& db, const Profile& profile) {
  ASSIGN_OR_RETURN(std::string raw, RawDigest(profile.facts_digest));
  ASSIGN_OR_RETURN(auto facts_id, db.One(
                                      "SELECT id FROM fact_set WHERE digest = ?1",
                                      [](Row& row) { return row.Integer(); }, Blob{raw}));
  if (!facts_id) {
    return Conflict(fmt::format("fact set '{}' is not stored", Printable(profile.facts_digest)));
  }
  RETURN_IF_ERROR(db.Run(
      "INSERT INTO profile (digest, pool_id, facts_id, state, derived) VALUES (?1, ?2, ?3, ?4, ?5) "
      "ON CONFLICT (digest) DO NOTHING",
      Blob{profile.digest}, profile.pool_id, *facts_id, profile.state, profile.derived));
  return {};
}

struct KnownVerdict {
  policy::Grade grade;
  std::string verdict;
};

KnownVerdict ReadKnownVerdict(Row& row) {
  policy::Grade grade = GradeOfColumn(row.Integer());
  return {grade, row.Text()};
}

Result<void> WriteVerdict(Connection& db, const ProfileVerdict& verdict, std::int64_t policy_id,
                          Time at) {
  ASSIGN_OR_RETURN(auto profile_id, RequireProfile(db, verdict.profile));
  ASSIGN_OR_RETURN(auto known,
                   db.One("SELECT grade, verdict FROM profile_verdict WHERE profile_id = ?1",
                          ReadKnownVerdict, profile_id));
  RETURN_IF_ERROR(
      db.Run("INSERT INTO profile_verdict (profile_id, policy_id, grade, verdict, valid_until) "
             "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (profile_id) DO UPDATE SET "
             "policy_id = excluded.policy_id, grade = excluded.grade, verdict = excluded.verdict, "
             "valid_until = excluded.valid_until",
             profile_id, policy_id, ToColumn(verdict.grade), verdict.verdict, verdict.valid_until));
  if (known && known->grade == verdict.grade && known->verdict == verdict.verdict) return {};
  RETURN_IF_ERROR(
      db.Run("INSERT INTO profile_log (profile_id, at, policy_id, grade) VALUES (?1, ?2, ?3, ?4)",
             profile_id, at, policy_id, ToColumn(verdict.grade)));
  return {};
}

Result<void> WriteDesktops(Connection& db, const Changes& changes) {
  CountMoves moves;
  for (const auto& desktop : changes.desktops) {
    RETURN_IF_ERROR(WriteDesktop(db, desktop, changes.at, moves));
  }
  return moves.Apply(db);
}

Result<void> WriteTrail(Connection& db, const Changes& changes) {
  for (const auto& event : changes.events) {
    RETURN_IF_ERROR(
        db.Run("INSERT INTO desktop_event (desktop_id, at, kind, detail) VALUES (?1, ?2, ?3, ?4)",
               event.desktop_id, event.at, event.kind, event.detail));
  }
  for (std::int64_t token_id : changes.token_uses) {
    RETURN_IF_ERROR(db.Run("UPDATE enrol_token SET uses = uses + 1 WHERE id = ?1", token_id));
  }
  for (const auto& entry : changes.audit) RETURN_IF_ERROR(WriteAudit(db, entry));
  return {};
}

}  // namespace

Result<void> WriteAudit(Connection& db, const AuditEntry& entry) {
  RETURN_IF_ERROR(
      db.Run("INSERT INTO audit (at, actor, action, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
             entry.at, entry.actor, entry.action, entry.subject, entry.detail));
  return {};
}

Result<void> ApplyChanges(Connection& db, const Changes& changes) {
  RETURN_IF_ERROR(WriteContents(
      db, "INSERT INTO fact_set (digest, text) VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING",
      changes.fact_sets));
  RETURN_IF_ERROR(WriteContents(
      db, "INSERT INTO readings (digest, text) VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING",
      changes.readings));
  for (const auto& profile : changes.profiles) RETURN_IF_ERROR(WriteProfile(db, profile));
  RETURN_IF_ERROR(ApplyVerdicts(db, changes.verdicts, changes.policy, changes.at));
  RETURN_IF_ERROR(WriteDesktops(db, changes));
  for (const auto& incarnation : changes.incarnations) {
    RETURN_IF_ERROR(WriteIncarnation(db, incarnation));
  }
  return WriteTrail(db, changes);
}

Result<void> ApplyVerdicts(Connection& db, std::span<const ProfileVerdict> verdicts,
                           std::string_view policy, Time at) {
  if (verdicts.empty()) return {};
  ASSIGN_OR_RETURN(auto policy_id, RequirePolicySet(db, policy));
  for (const auto& verdict : verdicts) {
    RETURN_IF_ERROR(WriteVerdict(db, verdict, policy_id, at));
  }
  return {};
}

Result<void> ApplyTouches(Connection& db, std::span<const Touch> touches) {
  for (const auto& touch : touches) {
    RETURN_IF_ERROR(
        db.Run("UPDATE incarnation SET last_seen = ?2, sequence = ?3 WHERE id = ?1 AND "
               "(last_seen < ?2 OR (last_seen = ?2 AND sequence < ?3))",
               touch.incarnation_id, touch.seen, touch.sequence));
    RETURN_IF_ERROR(db.Run("UPDATE desktop SET last_seen = ?2 WHERE id = ?1 AND last_seen < ?2",
                           touch.desktop_id, touch.seen));
  }
  return {};
}

Result<bool> AnySilent(Connection& db, std::int64_t pool_id, Presence presence, Time before) {
  ASSIGN_OR_RETURN(
      auto found, db.One(
                      "SELECT 1 FROM desktop WHERE pool_id = ?1 AND presence = ?2 "
                      "AND last_seen < ?3 LIMIT 1",
                      [](Row& row) { return row.Integer(); }, pool_id, ToColumn(presence), before));
  return found.has_value();
}

Result<std::int64_t> MoveSilent(Connection& db, std::int64_t pool_id, Presence from, Presence to,
                                Time before, Time at, std::int64_t limit) {
  struct Silent {
    std::int64_t id;
    std::optional<std::int64_t> profile_id;
  };
  auto read = [](Row& row) { return Silent{row.Integer(), row.MaybeInteger()}; };
  ASSIGN_OR_RETURN(auto silent,
                   db.All("SELECT id, profile_id FROM desktop WHERE pool_id = ?1 AND presence = ?2 "
                          "AND last_seen < ?3 ORDER BY last_seen LIMIT ?4",
                          read, pool_id, ToColumn(from), before, limit));
  CountMoves moves;
  for (const auto& desktop : silent) {
    RETURN_IF_ERROR(
        db.Run("UPDATE desktop SET presence = ?2 WHERE id = ?1", desktop.id, ToColumn(to)));
    RETURN_IF_ERROR(moves.Move(db, desktop.id, Standing{pool_id, desktop.profile_id, from},
                               Standing{pool_id, desktop.profile_id, to}, at));
  }
  RETURN_IF_ERROR(moves.Apply(db));
  return static_cast<std::int64_t>(silent.size());
}

}  // namespace vdiwatch::collector
