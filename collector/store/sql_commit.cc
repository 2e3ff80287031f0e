#include "collector/store/sql_commit.h"

#include <fmt/format.h>

#include <map>
#include <utility>
#include <vector>

#include "base/text.h"
#include "collector/store/columns.h"
#include "collector/store/sql_content.h"
#include "collector/store/sql_desktop_write.h"
#include "collector/store/sql_incarnation_write.h"
#include "collector/store/sql_rows.h"

namespace vdiwatch::collector {
namespace {

using Contents = std::vector<std::pair<std::string, std::string>>;

// In the order of digests: two writers of the same new texts wait for each other in one direction.
Result<void> WriteContents(Connection& db, std::string_view insert, const Contents& contents) {
  std::map<std::string, std::string_view> by_digest;
  for (const auto& [digest, text] : contents) {
    ASSIGN_OR_RETURN(std::string raw, RawDigest(digest));
    by_digest.emplace(std::move(raw), text);
  }
  Rows rows;
  for (const auto& [raw, text] : by_digest) rows.Add(Blob{raw}, text);
  RETURN_IF_ERROR(db.RunEach(insert, rows));
  return {};
}

Result<void> WriteProfiles(Connection& db, const std::vector<Profile>& profiles) {
  std::vector<std::string> digests;
  for (const auto& profile : profiles) {
    ASSIGN_OR_RETURN(digests.emplace_back(), RawDigest(profile.facts_digest));
  }
  ASSIGN_OR_RETURN(IdsByDigest facts, FindIds(db, kFindFactSet, digests));
  std::map<std::string_view, const Profile*> by_digest;
  for (const auto& profile : profiles) by_digest.emplace(profile.digest, &profile);
  Rows rows;
  for (const auto& [digest, profile] : by_digest) {
    ASSIGN_OR_RETURN(std::string raw, RawDigest(profile->facts_digest));
    auto facts_id = facts.find(raw);
    if (facts_id == facts.end()) {
      return Conflict(fmt::format("fact set '{}' is not stored", Printable(profile->facts_digest)));
    }
    std::string waivers = WaiversToColumn(profile->waivers);
    rows.Add(Blob{digest}, profile->pool_id, facts_id->second, profile->state, profile->derived,
             OrNull{waivers});
  }
  RETURN_IF_ERROR(
      db.RunEach("INSERT INTO profile (digest, pool_id, facts_id, state, derived, waivers) "
                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (digest) DO NOTHING",
                 rows));
  return {};
}

// A verdict with the id of its profile.
using Judged = std::pair<std::int64_t, const ProfileVerdict*>;

struct KnownVerdict {
  policy::Grade grade;
  std::string verdict;
};

Result<std::map<std::int64_t, KnownVerdict>> FindVerdicts(Connection& db,
                                                          std::span<const Judged> judged) {
  std::vector<std::int64_t> ids;
  for (const auto& [profile_id, verdict] : judged) ids.push_back(profile_id);
  auto read = [](Row& row) {
    std::int64_t profile_id = row.Integer();
    policy::Grade grade = GradeOfColumn(row.Integer());
    return std::pair(profile_id, KnownVerdict{grade, row.Text()});
  };
  ASSIGN_OR_RETURN(auto found,
                   db.AllIn(fmt::format("SELECT profile_id, grade, verdict FROM profile_verdict "
                                        "WHERE profile_id = ?1 ORDER BY profile_id{}",
                                        db.dialect().lock),
                            read, ids));
  return std::map<std::int64_t, KnownVerdict>(std::make_move_iterator(found.begin()),
                                              std::make_move_iterator(found.end()));
}

Result<void> WriteVerdicts(Connection& db, std::span<const Judged> judged, std::int64_t policy_id,
                           Time at) {
  ASSIGN_OR_RETURN(auto known, FindVerdicts(db, judged));
  Rows rows, log;
  for (const auto& [profile_id, verdict] : judged) {
    std::int64_t grade = ToColumn(verdict->grade);
    rows.Add(profile_id, policy_id, grade, verdict->verdict, verdict->valid_until);
    auto before = known.find(profile_id);
    bool same = before != known.end() && before->second.grade == verdict->grade &&
                before->second.verdict == verdict->verdict;
    if (!same) log.Add(profile_id, at, policy_id, grade);
  }
  RETURN_IF_ERROR(db.RunEach(
      "INSERT INTO profile_verdict (profile_id, policy_id, grade, verdict, valid_until) "
      "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (profile_id) DO UPDATE SET "
      "policy_id = excluded.policy_id, grade = excluded.grade, verdict = excluded.verdict, "
      "valid_until = excluded.valid_until",
      rows));
  RETURN_IF_ERROR(db.RunEach(
      "INSERT INTO profile_log (profile_id, at, policy_id, grade) VALUES (?1, ?2, ?3, ?4)", log));
  return {};
}

Result<void> WriteMoved(Connection& db, const Changes& changes) {
  CountMoves moves;
  RETURN_IF_ERROR(WriteDesktops(db, changes.desktops, changes.at, moves));
  return moves.Apply(db);
}

Result<void> WriteTrail(Connection& db, const Changes& changes) {
  Rows events, uses;
  for (const auto& event : changes.events) {
    events.Add(event.desktop_id, event.at, event.kind, event.detail);
  }
  RETURN_IF_ERROR(db.RunEach(
      "INSERT INTO desktop_event (desktop_id, at, kind, detail) VALUES (?1, ?2, ?3, ?4)", events));
  std::map<std::int64_t, std::int64_t> by_token;
  for (std::int64_t token_id : changes.token_uses) ++by_token[token_id];
  for (const auto& [token_id, count] : by_token) uses.Add(token_id, count);
  RETURN_IF_ERROR(db.RunEach("UPDATE enrol_token SET uses = uses + ?2 WHERE id = ?1", uses));
  return WriteAudit(db, changes.audit);
}

}  // namespace

Result<void> WriteAudit(Connection& db, std::span<const AuditEntry> entries) {
  Rows rows;
  for (const auto& entry : entries) {
    rows.Add(entry.at, entry.actor, entry.action, entry.subject, entry.detail);
  }
  RETURN_IF_ERROR(db.RunEach(
      "INSERT INTO audit (at, actor, action, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5)", rows));
  return {};
}

Result<void> ApplyChanges(Connection& db, const Changes& changes) {
  RETURN_IF_ERROR(WriteContents(
      db, "INSERT INTO fact_set (digest, text) VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING",
      changes.fact_sets));
  RETURN_IF_ERROR(WriteContents(
      db, "INSERT INTO readings (digest, text) VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING",
      changes.readings));
  RETURN_IF_ERROR(WriteProfiles(db, changes.profiles));
  RETURN_IF_ERROR(ApplyVerdicts(db, changes.verdicts, changes.policy, changes.at));
  RETURN_IF_ERROR(WriteMoved(db, changes));
  RETURN_IF_ERROR(WriteIncarnations(db, changes.incarnations));
  return WriteTrail(db, changes);
}

Result<void> ApplyVerdicts(Connection& db, std::span<const ProfileVerdict> verdicts,
                           std::string_view policy, Time at) {
  if (verdicts.empty()) return {};
  ASSIGN_OR_RETURN(auto policy_id, RequirePolicySet(db, policy));
  std::vector<std::string> digests;
  for (const auto& verdict : verdicts) digests.push_back(verdict.profile);
  ASSIGN_OR_RETURN(IdsByDigest profiles, FindIds(db, kFindProfile, digests));
  std::vector<Judged> judged;
  for (const auto& verdict : verdicts) {
    ASSIGN_OR_RETURN(std::int64_t profile_id, RequireProfile(profiles, verdict.profile));
    judged.emplace_back(profile_id, &verdict);
  }
  return WriteInRuns(
      std::span<const Judged>(judged), [](const Judged& one) { return one.first; },
      [&](std::span<const Judged> run) { return WriteVerdicts(db, run, policy_id, at); });
}

}  // namespace vdiwatch::collector
