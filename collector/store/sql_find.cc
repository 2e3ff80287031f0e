#include "collector/store/sql_find.h"

#include <algorithm>
#include <string>

#include "collector/store/columns.h"
#include "collector/store/sql_rows.h"

namespace vdiwatch::collector {
namespace {

std::int64_t ReadId(Row& row) { return row.Integer(); }

Result<bool> Exists(Connection& db, std::string_view find, std::string_view digest) {
  ASSIGN_OR_RETURN(std::string raw, RawDigest(digest));
  if (raw.empty()) return false;
  ASSIGN_OR_RETURN(auto id, db.One(find, ReadId, Blob{raw}));
  return id.has_value();
}

Result<KnownIncarnation> FindOne(Connection& db, const IncarnationQuery& query) {
  KnownIncarnation known;
  ASSIGN_OR_RETURN(known.has_facts,
                   Exists(db, "SELECT id FROM fact_set WHERE digest = ?1", query.facts_digest));
  ASSIGN_OR_RETURN(known.has_readings,
                   Exists(db, "SELECT id FROM readings WHERE digest = ?1", query.readings_digest));
  ASSIGN_OR_RETURN(auto desktop_id, db.One("SELECT desktop_id FROM incarnation WHERE key = ?1",
                                           ReadId, Blob{query.key}));
  if (!desktop_id) return known;
  ASSIGN_OR_RETURN(known.desktop, FindDesktop(db, *desktop_id));
  auto read = [&](Row& row) { return ReadIncarnation(row, known.desktop->claims); };
  ASSIGN_OR_RETURN(known.incarnation,
                   db.One(SelectIncarnations("WHERE i.key = ?1"), read, Blob{query.key}));
  return known;
}

Result<Candidate> MakeCandidate(Connection& db, Desktop desktop) {
  auto read = [&](Row& row) { return ReadIncarnation(row, desktop.claims); };
  ASSIGN_OR_RETURN(
      auto incarnations,
      db.All(SelectIncarnations("WHERE i.desktop_id = ?1 AND i.state IN (?2, ?3, ?4) "
                                "ORDER BY i.enrolled_at, i.id"),
             read, desktop.id, ToColumn(IncarnationState::kLive),
             ToColumn(IncarnationState::kProvisional), ToColumn(IncarnationState::kChallenged)));
  return Candidate{std::move(desktop), std::move(incarnations)};
}

// Adds the desktops of one kind of match that are not there yet.
Result<void> AddMatches(Connection& db, std::string_view where, std::string_view value,
                        std::vector<Candidate>& candidates) {
  if (value.empty()) return {};
  std::string rest(where);
  rest += " AND d.presence <> ?2 ORDER BY d.last_seen DESC, d.id LIMIT ?3";
  ASSIGN_OR_RETURN(auto desktops, db.All(SelectDesktops(rest), ReadDesktop, value,
                                         ToColumn(Presence::kRetired), kMaxCandidates));
  for (auto& desktop : desktops) {
    auto same = [&](const Candidate& other) { return other.desktop.id == desktop.id; };
    if (std::ranges::any_of(candidates, same)) continue;
    ASSIGN_OR_RETURN(auto candidate, MakeCandidate(db, std::move(desktop)));
    candidates.push_back(std::move(candidate));
  }
  return {};
}

}  // namespace

Result<std::vector<KnownIncarnation>> FindIncarnations(Connection& db,
                                                       std::span<const IncarnationQuery> queries) {
  std::vector<KnownIncarnation> all;
  all.reserve(queries.size());
  for (const auto& query : queries) {
    ASSIGN_OR_RETURN(auto known, FindOne(db, query));
    all.push_back(std::move(known));
  }
  return all;
}

Result<std::vector<Candidate>> FindCandidates(Connection& db, std::string_view slot,
                                              const Claims& claims) {
  std::vector<Candidate> candidates;
  RETURN_IF_ERROR(AddMatches(db, "WHERE d.slot = ?1", slot, candidates));
  if (!IsPlaceholderUuid(claims.smbios_uuid)) {
    RETURN_IF_ERROR(AddMatches(db, "WHERE d.smbios_uuid = ?1", claims.smbios_uuid, candidates));
  }
  RETURN_IF_ERROR(AddMatches(db, "WHERE d.cloud_vm_id = ?1", claims.cloud_vm_id, candidates));
  return candidates;
}

Result<std::vector<Candidate>> ProvisionalSince(Connection& db, Time before) {
  ASSIGN_OR_RETURN(
      auto desktops,
      db.All(SelectDesktops("WHERE d.id IN (SELECT desktop_id FROM incarnation WHERE state = 1) "
                            "AND NOT EXISTS (SELECT 1 FROM incarnation i WHERE "
                            "i.desktop_id = d.id AND i.state IN (0, 5) AND i.last_seen >= ?1) "
                            "ORDER BY d.id"),
             ReadDesktop, before));
  std::vector<Candidate> candidates;
  for (auto& desktop : desktops) {
    ASSIGN_OR_RETURN(auto candidate, MakeCandidate(db, std::move(desktop)));
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

}  // namespace vdiwatch::collector
