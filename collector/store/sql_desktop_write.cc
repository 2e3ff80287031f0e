#include "collector/store/sql_desktop_write.h"

#include <fmt/format.h>

#include <string>

#include "base/digest.h"
#include "collector/store/columns.h"
#include "collector/store/sql_rows.h"

namespace vdiwatch::collector {
namespace {

// Claims as they stand in columns.
struct ClaimColumns {
  std::string host_name;
  std::string smbios_uuid;
  std::string cloud_vm_id;
  std::string others;
  bool operator==(const ClaimColumns&) const = default;
};

ClaimColumns ColumnsOf(const Claims& claims) {
  return {claims.host_name, claims.smbios_uuid, claims.cloud_vm_id, OtherClaims(claims)};
}

struct Known {
  Standing standing;
  std::string slot;
  ClaimColumns claims;
};

Known ReadKnown(Row& row) {
  Known known;
  known.standing.pool_id = row.Integer();
  known.standing.profile_id = row.MaybeInteger();
  known.standing.presence = PresenceOfColumn(row.Integer());
  known.slot = row.Text();
  known.claims = {row.Text(), row.Text(), row.Text(), row.Text()};
  return known;
}

Result<std::optional<Known>> FindKnown(Connection& db, std::int64_t desktop_id) {
  return db.One(
      "SELECT pool_id, profile_id, presence, slot, host_name, smbios_uuid, cloud_vm_id, claims "
      "FROM desktop WHERE id = ?1",
      ReadKnown, desktop_id);
}

// A digest as a reference to what is stored, or as bytes that wait for it.
struct Reference {
  std::optional<std::int64_t> id;
  std::string pending;
};

Result<Reference> Refer(Connection& db, std::string_view find, std::string_view digest) {
  Reference reference;
  ASSIGN_OR_RETURN(std::string raw, RawDigest(digest));
  if (raw.empty()) return reference;
  ASSIGN_OR_RETURN(reference.id, db.One(
                                     find, [](Row& row) { return row.Integer(); }, Blob{raw}));
  if (!reference.id) reference.pending = std::move(raw);
  return reference;
}

// The id of this text in state_set, where it is put if it is new.
Result<std::optional<std::int64_t>> InternState(Connection& db, const Facts& state) {
  std::string text = FactsToColumn(state);
  if (text.empty()) return std::optional<std::int64_t>();
  std::string digest = Sha256(text);
  constexpr std::string_view kFind = "SELECT id FROM state_set WHERE digest = ?1";
  auto id = [](Row& row) { return row.Integer(); };
  ASSIGN_OR_RETURN(auto found, db.One(kFind, id, Blob{digest}));
  if (found) return found;
  RETURN_IF_ERROR(
      db.Run("INSERT INTO state_set (digest, text) VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING",
             Blob{digest}, text));
  return db.One(kFind, id, Blob{digest});
}

// Who the desktop is and where it belongs change rarely and stand in many indexes: they are written
// apart, and only when they change.
Result<void> WriteIdentity(Connection& db, std::int64_t id, const std::string& slot,
                           const ClaimColumns& claims) {
  RETURN_IF_ERROR(
      db.Run("UPDATE desktop SET slot = ?2, host_name = ?3, smbios_uuid = ?4, cloud_vm_id = ?5, "
             "claims = ?6 WHERE id = ?1",
             id, OrNull{slot}, OrNull{claims.host_name}, OrNull{claims.smbios_uuid},
             OrNull{claims.cloud_vm_id}, OrNull{claims.others}));
  return {};
}

Result<void> WritePlace(Connection& db, std::int64_t id, const Standing& standing) {
  RETURN_IF_ERROR(db.Run("UPDATE desktop SET pool_id = ?2, profile_id = ?3 WHERE id = ?1", id,
                         standing.pool_id, standing.profile_id));
  return {};
}

// For an incarnation that does not share its desktop's claims; not NULL even if it has none.
std::string OwnClaims(const Claims& claims) {
  std::string text = ClaimsToColumn(claims);
  return text.empty() ? "{}" : text;
}

// Incarnations that had their desktop's claims keep them when it goes on with others.
Result<void> KeepClaims(Connection& db, std::int64_t desktop_id) {
  ASSIGN_OR_RETURN(auto before, FindDesktop(db, desktop_id));
  if (!before) return {};
  RETURN_IF_ERROR(
      db.Run("UPDATE incarnation SET claims = ?2 WHERE desktop_id = ?1 AND claims IS NULL",
             desktop_id, OwnClaims(before->claims)));
  return {};
}

constexpr std::string_view kInsert =
    "INSERT INTO desktop (pool_id, profile_id, presence, last_seen, facts_id, facts_pending, "
    "readings_id, readings_pending, state_id, per_desktop, agent_version, os, duplicate, boot_id, "
    "canary_id, canary_created_at, canary_boots, survived, resets, resets_in_a_row, id, "
    "created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, "
    "?17, ?18, ?19, ?20, ?21, ?22)";
constexpr std::string_view kUpdate =
    "UPDATE desktop SET presence = ?3, last_seen = ?4, facts_id = ?5, facts_pending = ?6, "
    "readings_id = ?7, readings_pending = ?8, state_id = ?9, "
    "per_desktop = ?10, agent_version = ?11, os = ?12, duplicate = ?13, boot_id = ?14, "
    "canary_id = ?15, canary_created_at = ?16, canary_boots = ?17, survived = ?18, resets = ?19, "
    "resets_in_a_row = ?20, created_at = ?22 WHERE id = ?21";

Result<void> WriteRow(Connection& db, std::string_view statement, const Desktop& desktop,
                      const Standing& standing) {
  ASSIGN_OR_RETURN(Reference facts,
                   Refer(db, "SELECT id FROM fact_set WHERE digest = ?1", desktop.facts_digest));
  ASSIGN_OR_RETURN(Reference readings,
                   Refer(db, "SELECT id FROM readings WHERE digest = ?1", desktop.readings_digest));
  ASSIGN_OR_RETURN(auto state_id, InternState(db, desktop.state));
  std::string per_desktop = FactsToColumn(desktop.per_desktop);
  const auto& boot = desktop.last_boot;
  std::optional<Time> canary_created_at;
  if (boot) canary_created_at = boot->canary.created_at;
  RETURN_IF_ERROR(
      db.Run(statement, standing.pool_id, standing.profile_id, ToColumn(standing.presence),
             desktop.last_seen, facts.id, Blob{facts.pending}, readings.id, Blob{readings.pending},
             state_id, OrNull{per_desktop}, desktop.agent_version, desktop.os, desktop.duplicate,
             OrNull{boot ? boot->boot_id : ""}, OrNull{boot ? boot->canary.id : ""},
             canary_created_at, boot ? boot->canary.boots : 0, desktop.boots.survived,
             desktop.boots.resets, desktop.boots.resets_in_a_row, desktop.id, desktop.created_at));
  return {};
}

Result<Standing> StandingOf(Connection& db, const Desktop& desktop) {
  Standing standing{desktop.pool_id, std::nullopt, desktop.presence};
  if (desktop.profile.empty()) return standing;
  ASSIGN_OR_RETURN(standing.profile_id, RequireProfile(db, desktop.profile));
  return standing;
}

}  // namespace

Result<void> WriteDesktop(Connection& db, const Desktop& desktop, Time at, CountMoves& moves) {
  ASSIGN_OR_RETURN(auto known, FindKnown(db, desktop.id));
  ASSIGN_OR_RETURN(Standing standing, StandingOf(db, desktop));
  ClaimColumns claims = ColumnsOf(desktop.claims);
  bool other_claims = known && known->claims != claims;
  if (other_claims) RETURN_IF_ERROR(KeepClaims(db, desktop.id));
  RETURN_IF_ERROR(WriteRow(db, known ? kUpdate : kInsert, desktop, standing));
  if (!known || other_claims || known->slot != desktop.slot) {
    RETURN_IF_ERROR(WriteIdentity(db, desktop.id, desktop.slot, claims));
  }
  std::optional<Standing> from;
  if (known) from = known->standing;
  if (from && (from->pool_id != standing.pool_id || from->profile_id != standing.profile_id)) {
    RETURN_IF_ERROR(WritePlace(db, desktop.id, standing));
  }
  return moves.Move(db, desktop.id, from, standing, at);
}

Result<void> WriteIncarnation(Connection& db, const Incarnation& incarnation) {
  ASSIGN_OR_RETURN(auto known, FindKnown(db, incarnation.desktop_id));
  if (!known) return Conflict(fmt::format("desktop {} is not stored", incarnation.desktop_id));
  std::optional<std::string> own;
  if (known->claims != ColumnsOf(incarnation.claims)) own = OwnClaims(incarnation.claims);
  std::optional<std::int64_t> token_id;
  if (incarnation.token_id != 0) token_id = incarnation.token_id;
  auto write = [&](std::string_view statement) {
    return db.Run(statement, incarnation.id, incarnation.desktop_id, Blob{incarnation.key},
                  ToColumn(incarnation.state), token_id, incarnation.enrolled_at,
                  incarnation.certificate_expires, OrNull{incarnation.boot_id},
                  incarnation.sequence, incarnation.last_seen, own);
  };
  // Nearly always the same key speaks for the same desktop; the rest may move or make a row.
  ASSIGN_OR_RETURN(auto updated,
                   write("UPDATE incarnation SET state = ?4, token_id = ?5, enrolled_at = ?6, "
                         "certificate_expires = ?7, boot_id = ?8, sequence = ?9, last_seen = ?10, "
                         "claims = ?11 WHERE id = ?1 AND desktop_id = ?2 AND key = ?3"));
  if (updated > 0) return {};
  RETURN_IF_ERROR(write(
      "INSERT INTO incarnation (id, desktop_id, key, state, token_id, enrolled_at, "
      "certificate_expires, boot_id, sequence, last_seen, claims) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "
      "ON CONFLICT (id) DO UPDATE SET desktop_id = excluded.desktop_id, key = excluded.key, "
      "state = excluded.state, token_id = excluded.token_id, enrolled_at = excluded.enrolled_at, "
      "certificate_expires = excluded.certificate_expires, boot_id = excluded.boot_id, "
      "sequence = excluded.sequence, last_seen = excluded.last_seen, claims = excluded.claims"));
  return {};
}

}  // namespace vdiwatch::collector
