#include "collector/store/sql_find.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "collector/store/columns.h"
#include "collector/store/sql_content.h"
#include "collector/store/sql_rows.h"

namespace vdiwatch::collector {
namespace {

using Desktops = std::unordered_map<std::int64_t, Desktop>;

Result<Desktops> FindDesktops(Connection& db, const std::vector<StoredIncarnation>& incarnations) {
  std::unordered_set<std::int64_t> ids;
  for (const auto& stored : incarnations) ids.insert(stored.incarnation.desktop_id);
  ASSIGN_OR_RETURN(auto found, db.AllIn(SelectDesktops("WHERE d.id = ?1"), ReadDesktop,
                                        std::vector<std::int64_t>(ids.begin(), ids.end())));
  Desktops desktops;
  for (auto& desktop : found) desktops.emplace(desktop.id, std::move(desktop));
  return desktops;
}

// The desktops with their incarnations that may still speak.
Result<std::vector<Candidate>> MakeCandidates(Connection& db, std::vector<Desktop> desktops) {
  std::vector<std::int64_t> ids;
  for (const auto& desktop : desktops) ids.push_back(desktop.id);
  ASSIGN_OR_RETURN(
      auto incarnations,
      db.AllIn(SelectIncarnations(fmt::format("WHERE i.desktop_id = ?1 AND i.state IN ({}, {}, {}) "
                                              "ORDER BY i.enrolled_at, i.id",
                                              ToColumn(IncarnationState::kLive),
                                              ToColumn(IncarnationState::kProvisional),
                                              ToColumn(IncarnationState::kChallenged))),
               ReadIncarnation, ids));
  std::vector<Candidate> candidates;
  for (auto& desktop : desktops) {
    Candidate candidate{std::move(desktop), {}};
    for (auto& stored : incarnations) {
      if (stored.incarnation.desktop_id != candidate.desktop.id) continue;
      candidate.incarnations.push_back(WithClaims(std::move(stored), candidate.desktop.claims));
    }
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

// Adds the desktops of one kind of match that are not there yet.
Result<void> AddMatches(Connection& db, std::string_view where, std::string_view value,
                        std::vector<Desktop>& matches) {
  if (value.empty()) return {};
  std::string rest(where);
  rest += " AND d.presence <> ?2 ORDER BY d.last_seen DESC, d.id LIMIT ?3";
  ASSIGN_OR_RETURN(auto desktops, db.All(SelectDesktops(rest), ReadDesktop, value,
                                         ToColumn(Presence::kRetired), kMaxCandidates));
  for (auto& desktop : desktops) {
    auto same = [&](const Desktop& other) { return other.id == desktop.id; };
    if (std::ranges::none_of(matches, same)) matches.push_back(std::move(desktop));
  }
  return {};
}

}  // namespace

Result<std::vector<KnownIncarnation>> FindIncarnations(Connection& db,
                                                       std::span<const IncarnationQuery> queries) {
  std::vector<std::string> facts, readings;
  std::unordered_set<std::string_view> keys;
  for (const auto& query : queries) {
    keys.insert(query.key);
    ASSIGN_OR_RETURN(facts.emplace_back(), RawDigest(query.facts_digest));
    ASSIGN_OR_RETURN(readings.emplace_back(), RawDigest(query.readings_digest));
  }
  std::vector<Blob> asked;
  for (std::string_view key : keys) asked.push_back({key});
  ASSIGN_OR_RETURN(auto found,
                   db.AllIn(SelectIncarnations("WHERE i.key = ?1"), ReadIncarnation, asked));
  ASSIGN_OR_RETURN(Desktops desktops, FindDesktops(db, found));
  ASSIGN_OR_RETURN(IdsByDigest stored_facts, FindIds(db, kFindFactSet, facts));
  ASSIGN_OR_RETURN(IdsByDigest stored_readings, FindIds(db, kFindReadings, readings));

  std::unordered_map<std::string, KnownIncarnation> by_key;
  for (auto& stored : found) {
    KnownIncarnation known;
    known.desktop = desktops.at(stored.incarnation.desktop_id);
    known.incarnation = WithClaims(std::move(stored), known.desktop->claims);
    std::string key = known.incarnation->key;
    by_key.emplace(std::move(key), std::move(known));
  }
  std::vector<KnownIncarnation> all;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    auto of_key = by_key.find(queries[i].key);
    KnownIncarnation& known =
        all.emplace_back(of_key == by_key.end() ? KnownIncarnation() : of_key->second);
    known.has_facts = stored_facts.contains(facts[i]);
    known.has_readings = stored_readings.contains(readings[i]);
  }
  return all;
}

Result<std::vector<Candidate>> FindCandidates(Connection& db, std::string_view slot,
                                              const Claims& claims) {
  std::vector<Desktop> matches;
  RETURN_IF_ERROR(AddMatches(db, "WHERE d.slot = ?1", slot, matches));
  if (!IsPlaceholderUuid(claims.smbios_uuid)) {
    RETURN_IF_ERROR(AddMatches(db, "WHERE d.smbios_uuid = ?1", claims.smbios_uuid, matches));
  }
  RETURN_IF_ERROR(AddMatches(db, "WHERE d.cloud_vm_id = ?1", claims.cloud_vm_id, matches));
  return MakeCandidates(db, std::move(matches));
}

Result<std::vector<Desktop>> DesktopsToWaive(Connection& db, std::span<const std::string> names) {
  std::vector<std::int64_t> ids;
  std::unordered_set<std::string_view> hosts(names.begin(), names.end());
  for (const auto& name : names) {
    if (auto id = ParseIdText(name)) ids.push_back(*id);
  }
  ASSIGN_OR_RETURN(auto found, db.AllIn(SelectDesktops("WHERE d.id = ?1"), ReadDesktop, ids));
  auto add = [&](std::string_view where, auto... values) -> Result<void> {
    ASSIGN_OR_RETURN(auto more, db.All(SelectDesktops(where), ReadDesktop, values...));
    std::ranges::move(more, std::back_inserter(found));
    return {};
  };
  for (std::string_view host : hosts) RETURN_IF_ERROR(add("WHERE d.host_name = ?1", host));
  RETURN_IF_ERROR(add("WHERE d.profile_id IN (SELECT id FROM profile WHERE waivers IS NOT NULL)"));
  std::erase_if(found, [](const auto& d) { return d.presence == Presence::kRetired; });
  std::ranges::sort(found, {}, &Desktop::id);
  auto twice = std::ranges::unique(found, {}, &Desktop::id);
  found.erase(twice.begin(), twice.end());
  return found;
}

Result<std::vector<HostSeen>> HostsSeen(Connection& db, std::int64_t pool_id,
                                        std::span<const std::string> hosts) {
  auto read = [](Row& row) {
    std::string host = row.Text();
    return HostSeen{std::move(host), PresenceOfColumn(row.Integer())};
  };
  ASSIGN_OR_RETURN(auto seen, db.All("SELECT host_name, presence FROM desktop WHERE pool_id = ?1 "
                                     "AND presence <> ?2 AND host_name IS NOT NULL "
                                     "ORDER BY host_name, id",
                                     read, pool_id, ToColumn(Presence::kRetired)));
  std::unordered_set<std::string_view> wanted(hosts.begin(), hosts.end());
  std::erase_if(seen, [&](const HostSeen& host) { return !wanted.contains(host.host_name); });
  return seen;
}

Result<std::optional<Candidate>> FindCandidate(Connection& db, std::int64_t desktop_id) {
  ASSIGN_OR_RETURN(auto desktops,
                   db.All(SelectDesktops("WHERE d.id = ?1"), ReadDesktop, desktop_id));
  ASSIGN_OR_RETURN(auto candidates, MakeCandidates(db, std::move(desktops)));
  if (candidates.empty()) return std::optional<Candidate>();
  return std::optional<Candidate>(std::move(candidates.front()));
}

Result<std::vector<Candidate>> ProvisionalSince(Connection& db, Time before) {
  ASSIGN_OR_RETURN(
      auto desktops,
      db.All(SelectDesktops("WHERE d.id IN (SELECT desktop_id FROM incarnation WHERE state = 1) "
                            "AND NOT EXISTS (SELECT 1 FROM incarnation i WHERE "
                            "i.desktop_id = d.id AND i.state IN (0, 5) AND i.last_seen >= ?1) "
                            "ORDER BY d.id"),
             ReadDesktop, before));
  return MakeCandidates(db, std::move(desktops));
}

}  // namespace vdiwatch::collector
