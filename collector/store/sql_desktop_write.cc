#include "collector/store/sql_desktop_write.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "collector/store/columns.h"
#include "collector/store/sql_claims.h"
#include "collector/store/sql_content.h"

namespace vdiwatch::collector {
namespace {

using Desktops = std::span<const Desktop>;

// What is stored of a desktop that is there already.
struct Known {
  std::int64_t id = 0;
  Standing standing;
  std::string slot;
  ClaimColumns claims;
};
using KnownById = std::unordered_map<std::int64_t, Known>;

Known ReadKnown(Row& row) {
  Known known;
  known.id = row.Integer();
  known.standing.pool_id = row.Integer();
  known.standing.profile_id = row.MaybeInteger();
  known.standing.presence = PresenceOfColumn(row.Integer());
  known.slot = row.Text();
  known.claims = ReadClaimColumns(row);
  return known;
}

// Other writers wait until this transaction is over; locks are taken in the order of ids.
Result<KnownById> LockKnown(Connection& db, Desktops desktops) {
  std::vector<std::int64_t> ids;
  for (const auto& desktop : desktops) ids.push_back(desktop.id);
  ASSIGN_OR_RETURN(auto rows,
                   db.AllIn(fmt::format("SELECT id, pool_id, profile_id, presence, slot, "
                                        "host_name, smbios_uuid, cloud_vm_id, claims "
                                        "FROM desktop WHERE id = ?1 ORDER BY id{}",
                                        db.dialect().lock),
                            ReadKnown, ids));
  KnownById known;
  for (auto& row : rows) known.emplace(row.id, std::move(row));
  return known;
}

// What the rows refer to.
struct References {
  IdsByDigest profiles, facts, readings, states;
};

// The ids of these texts in state_set, where they are put if they are new.
Result<IdsByDigest> InternStates(Connection& db, Desktops desktops) {
  std::unordered_map<std::string, std::string> texts;  // by raw digest
  for (const auto& desktop : desktops) {
    std::string text = FactsToColumn(desktop.state);
    if (!text.empty()) texts.emplace(Sha256(text), text);
  }
  std::vector<std::string> digests;
  for (const auto& [digest, text] : texts) digests.push_back(digest);
  ASSIGN_OR_RETURN(IdsByDigest ids, FindIds(db, kFindState, digests));
  Rows added;
  for (const auto& [digest, text] : texts) {
    if (!ids.contains(digest)) added.Add(Blob{digest}, text);
  }
  if (added.empty()) return ids;
  RETURN_IF_ERROR(db.RunEach(
      "INSERT INTO state_set (digest, text) VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING",
      added));
  return FindIds(db, kFindState, digests);
}

Result<References> FindReferences(Connection& db, Desktops desktops) {
  std::vector<std::string> profiles, facts, readings;
  for (const auto& desktop : desktops) {
    profiles.push_back(desktop.profile);
    ASSIGN_OR_RETURN(facts.emplace_back(), RawDigest(desktop.facts_digest));
    ASSIGN_OR_RETURN(readings.emplace_back(), RawDigest(desktop.readings_digest));
  }
  References references;
  ASSIGN_OR_RETURN(references.profiles, FindIds(db, kFindProfile, profiles));
  ASSIGN_OR_RETURN(references.facts, FindIds(db, kFindFactSet, facts));
  ASSIGN_OR_RETURN(references.readings, FindIds(db, kFindReadings, readings));
  ASSIGN_OR_RETURN(references.states, InternStates(db, desktops));
  return references;
}

// A digest as a reference to what is stored, or as bytes that wait for it.
struct Reference {
  std::optional<std::int64_t> id;
  std::string pending;
};

Result<Reference> Refer(const IdsByDigest& ids, std::string_view digest) {
  ASSIGN_OR_RETURN(std::string raw, RawDigest(digest));
  auto found = ids.find(raw);
  if (found != ids.end()) return Reference{found->second, {}};
  return Reference{std::nullopt, std::move(raw)};
}

std::optional<std::int64_t> StateId(const References& references, const Desktop& desktop) {
  std::string text = FactsToColumn(desktop.state);
  if (text.empty()) return std::nullopt;
  return references.states.at(Sha256(text));
}

// Who a desktop is and where it belongs change rarely and stand in many indexes: they are written
// apart, and only when they change.
constexpr std::string_view kInsert =
    "INSERT INTO desktop (pool_id, profile_id, presence, last_seen, facts_id, facts_pending, "
    "readings_id, readings_pending, state_id, per_desktop, agent_version, os, duplicate, boot_id, "
    "canary_id, canary_created_at, canary_boots, survived, resets, resets_in_a_row, id, "
    "created_at, install_order) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
    "?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)";
constexpr std::string_view kUpdate =
    "UPDATE desktop SET presence = ?3, last_seen = ?4, facts_id = ?5, facts_pending = ?6, "
    "readings_id = ?7, readings_pending = ?8, state_id = ?9, "
    "per_desktop = ?10, agent_version = ?11, os = ?12, duplicate = ?13, boot_id = ?14, "
    "canary_id = ?15, canary_created_at = ?16, canary_boots = ?17, survived = ?18, resets = ?19, "
    "resets_in_a_row = ?20, created_at = ?22, install_order = ?23 WHERE id = ?21";
constexpr std::string_view kIdentify =
    "UPDATE desktop SET slot = ?2, host_name = ?3, smbios_uuid = ?4, cloud_vm_id = ?5, "
    "claims = ?6 WHERE id = ?1";
constexpr std::string_view kPlace =
    "UPDATE desktop SET pool_id = ?2, profile_id = ?3 WHERE id = ?1";

// What is to be written of one desktop, however often it changes in one batch.
struct Plan {
  const Desktop* desktop = nullptr;  // as it is in the end
  Standing standing;
  ClaimColumns claims;
  bool is_new = false, identify = false, place = false;
};

Result<void> AddRow(const References& references, const Desktop& desktop, const Standing& standing,
                    Rows& rows) {
  ASSIGN_OR_RETURN(Reference facts, Refer(references.facts, desktop.facts_digest));
  ASSIGN_OR_RETURN(Reference readings, Refer(references.readings, desktop.readings_digest));
  std::string per_desktop = FactsToColumn(desktop.per_desktop);
  std::string install_order = policy::ToText(desktop.install_order);
  const policy::Boot boot = desktop.last_boot.value_or(policy::Boot());
  std::optional<Time> canary_created_at;
  if (desktop.last_boot) canary_created_at = boot.canary.created_at;
  rows.Add(standing.pool_id, standing.profile_id, ToColumn(standing.presence), desktop.last_seen,
           facts.id, Blob{facts.pending}, readings.id, Blob{readings.pending},
           StateId(references, desktop), OrNull{per_desktop}, desktop.agent_version, desktop.os,
           desktop.duplicate, OrNull{boot.boot_id}, OrNull{boot.canary.id}, canary_created_at,
           desktop.last_boot ? boot.canary.boots : 0, desktop.boots.survived, desktop.boots.resets,
           desktop.boots.resets_in_a_row, desktop.id, desktop.created_at, OrNull{install_order});
  return {};
}

Result<Standing> StandingOf(const References& references, const Desktop& desktop) {
  Standing standing{desktop.pool_id, std::nullopt, desktop.presence};
  if (desktop.profile.empty()) return standing;
  ASSIGN_OR_RETURN(standing.profile_id, RequireProfile(references.profiles, desktop.profile));
  return standing;
}

// Incarnations that had their desktop's claims keep them when it goes on with others.
Result<void> KeepClaims(Connection& db, const Known& before) {
  ASSIGN_OR_RETURN(Claims claims, ClaimsOf(before.claims));
  RETURN_IF_ERROR(
      db.Run("UPDATE incarnation SET claims = ?2 WHERE desktop_id = ?1 AND claims IS NULL",
             before.id, OwnClaims(claims)));
  return {};
}

// One more state of a desktop: what it changes, and where the desktop counts now.
Result<void> Advance(Connection& db, const References& references, const Desktop& desktop, Time at,
                     KnownById& known, Plan& plan, CountMoves& moves) {
  plan.desktop = &desktop;
  ASSIGN_OR_RETURN(plan.standing, StandingOf(references, desktop));
  plan.claims = ColumnsOf(desktop.claims);
  auto [entry, is_new] = known.try_emplace(desktop.id);
  Known& before = entry->second;
  if (is_new) {
    plan.is_new = plan.identify = true;
    moves.Move(desktop.id, std::nullopt, plan.standing, at);
  } else {
    bool other_claims = before.claims != plan.claims;
    if (other_claims) RETURN_IF_ERROR(KeepClaims(db, before));
    plan.identify |= other_claims || before.slot != desktop.slot;
    plan.place |= before.standing.pool_id != plan.standing.pool_id ||
                  before.standing.profile_id != plan.standing.profile_id;
    moves.Move(desktop.id, before.standing, plan.standing, at);
  }
  before = {desktop.id, plan.standing, desktop.slot, plan.claims};
  return {};
}

Result<void> Write(Connection& db, const References& references,
                   const std::map<std::int64_t, Plan>& plans) {
  Rows inserted, updated, identified, placed;
  for (const auto& [id, plan] : plans) {
    const ClaimColumns& claims = plan.claims;
    RETURN_IF_ERROR(
        AddRow(references, *plan.desktop, plan.standing, plan.is_new ? inserted : updated));
    if (plan.identify) {
      identified.Add(id, OrNull{plan.desktop->slot}, OrNull{claims.host_name},
                     OrNull{claims.smbios_uuid}, OrNull{claims.cloud_vm_id}, OrNull{claims.others});
    }
    if (plan.place && !plan.is_new) {
      placed.Add(id, plan.standing.pool_id, plan.standing.profile_id);
    }
  }
  RETURN_IF_ERROR(db.RunEach(kInsert, inserted));
  RETURN_IF_ERROR(db.RunEach(kUpdate, updated));
  RETURN_IF_ERROR(db.RunEach(kIdentify, identified));
  RETURN_IF_ERROR(db.RunEach(kPlace, placed));
  return {};
}

}  // namespace

Result<void> WriteDesktops(Connection& db, std::span<const Desktop> desktops, Time at,
                           CountMoves& moves) {
  ASSIGN_OR_RETURN(KnownById known, LockKnown(db, desktops));
  ASSIGN_OR_RETURN(References references, FindReferences(db, desktops));
  std::map<std::int64_t, Plan> plans;  // in the order of ids
  for (const auto& desktop : desktops) {
    RETURN_IF_ERROR(Advance(db, references, desktop, at, known, plans[desktop.id], moves));
  }
  return Write(db, references, plans);
}

}  // namespace vdiwatch::collector
