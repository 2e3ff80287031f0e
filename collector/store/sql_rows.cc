#include "collector/store/sql_rows.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/text.h"
#include "collector/store/columns.h"
#include "collector/store/sql_claims.h"

namespace vdiwatch::collector {
namespace {

// The stored digest, or the one that waits for its text.
std::string ReadDigest(Row& row) {
  std::string stored = row.Text();
  std::string pending = row.Text();
  return DigestOfRaw(stored.empty() ? pending : stored);
}

std::optional<policy::Boot> ReadBoot(Row& row) {
  policy::Boot boot;
  boot.boot_id = row.Text();
  boot.canary.id = row.Text();
  auto created_at = row.MaybeAt();
  boot.canary.boots = row.Integer();
  if (!created_at) return std::nullopt;
  boot.canary.created_at = *created_at;
  return boot;
}

}  // namespace

std::string SelectDesktops(std::string_view rest) {
  return fmt::format(
      "SELECT d.id, d.pool_id, d.presence, d.created_at, d.last_seen, p.digest, f.digest, "
      "d.facts_pending, r.digest, d.readings_pending, s.text, d.slot, d.host_name, d.smbios_uuid, "
      "d.cloud_vm_id, d.claims, d.per_desktop, d.agent_version, d.os, d.duplicate, d.boot_id, "
      "d.canary_id, d.canary_created_at, d.canary_boots, d.survived, d.resets, d.resets_in_a_row, "
      "d.install_order FROM desktop d LEFT JOIN profile p ON p.id = d.profile_id "
      "LEFT JOIN fact_set f ON f.id = d.facts_id LEFT JOIN readings r ON r.id = d.readings_id "
      "LEFT JOIN state_set s ON s.id = d.state_id {}",
      rest);
}

std::string SelectIncarnations(std::string_view rest) {
  return fmt::format(
      "SELECT i.id, i.desktop_id, i.key, i.state, i.token_id, i.enrolled_at, "
      "i.certificate_expires, i.boot_id, i.past_boots, i.sequence, i.last_seen, i.claims "
      "FROM incarnation i {}",
      rest);
}

std::string SelectEnrolTokens(std::string_view rest) {
  return fmt::format(
      "SELECT id, hash, pool_id, created_at, expires_at, max_uses, uses, cidr, revoked, note "
      "FROM enrol_token {}",
      rest);
}

std::string SelectPools(std::string_view rest) {
  return fmt::format(
      "SELECT id, name, grade, since, pending_since, pending_rules, reasons FROM pool {}", rest);
}

Result<Desktop> ReadDesktop(Row& row) {
  Desktop desktop;
  desktop.id = row.Integer();
  desktop.pool_id = row.Integer();
  desktop.presence = PresenceOfColumn(row.Integer());
  desktop.created_at = row.At();
  desktop.last_seen = row.At();
  desktop.profile = row.Text();
  desktop.facts_digest = ReadDigest(row);
  desktop.readings_digest = ReadDigest(row);
  desktop.state = FactsOfColumn(row.Text());
  desktop.slot = row.Text();
  ASSIGN_OR_RETURN(desktop.claims, ClaimsOf(ReadClaimColumns(row)));
  desktop.per_desktop = FactsOfColumn(row.Text());
  desktop.agent_version = row.Text();
  desktop.os = row.Text();
  desktop.duplicate = row.Text();
  desktop.last_boot = ReadBoot(row);
  desktop.boots.survived = row.Integer();
  desktop.boots.resets = row.Integer();
  desktop.boots.resets_in_a_row = row.Integer();
  desktop.install_order = policy::ParseInstallOrder(row.Text());
  return desktop;
}

Result<StoredIncarnation> ReadIncarnation(Row& row) {
  StoredIncarnation stored;
  Incarnation& incarnation = stored.incarnation;
  incarnation.id = row.Integer();
  incarnation.desktop_id = row.Integer();
  incarnation.key = row.Text();
  incarnation.state = IncarnationStateOfColumn(row.Integer());
  incarnation.token_id = row.Integer();
  incarnation.enrolled_at = row.At();
  incarnation.certificate_expires = row.At();
  incarnation.boot_id = row.Text();
  incarnation.past_boots = row.Text();
  incarnation.sequence = row.Integer();
  incarnation.last_seen = row.At();
  std::string own = row.Text();
  stored.shares_claims = own.empty();
  ASSIGN_OR_RETURN(incarnation.claims, ClaimsOfColumn(own));
  return stored;
}

Incarnation WithClaims(StoredIncarnation stored, const Claims& of_desktop) {
  if (stored.shares_claims) stored.incarnation.claims = of_desktop;
  return std::move(stored.incarnation);
}

EnrolToken ReadEnrolToken(Row& row) {
  EnrolToken token;
  token.id = row.Integer();
  token.hash = row.Text();
  token.pool_id = row.Integer();
  token.created_at = row.At();
  token.expires_at = row.At();
  token.max_uses = row.Integer();
  token.uses = row.Integer();
  token.cidr = row.Text();
  token.revoked = row.Integer() != 0;
  token.note = row.Text();
  return token;
}

Pool ReadPool(Row& row) {
  Pool pool;
  pool.id = row.Integer();
  pool.name = row.Text();
  auto grade = row.MaybeInteger();
  Time since = row.At();
  auto of_pool = row.MaybeAt();
  auto pending = PendingOfColumns(of_pool, row.Text());
  if (grade) pool.state = policy::PoolState{GradeOfColumn(*grade), since, std::move(pending)};
  pool.reasons = row.Text();
  return pool;
}

Profile ReadProfile(Row& row) {
  Profile profile;
  profile.digest = row.Text();
  profile.pool_id = row.Integer();
  profile.facts_digest = DigestOfRaw(row.Text());
  profile.state = row.Text();
  profile.derived = row.Text();
  profile.waivers = WaiversOfColumn(row.Text());
  return profile;
}

Result<std::optional<Desktop>> FindDesktop(Connection& db, std::int64_t id) {
  return db.One(SelectDesktops("WHERE d.id = ?1"), ReadDesktop, id);
}

Result<std::int64_t> RequirePolicySet(Connection& db, std::string_view digest) {
  ASSIGN_OR_RETURN(std::string raw, RawDigest(digest));
  ASSIGN_OR_RETURN(auto id, db.One(
                                "SELECT id FROM policy_set WHERE digest = ?1",
                                [](Row& row) { return row.Integer(); }, Blob{raw}));
  if (!id) return Conflict(fmt::format("policy set '{}' is not stored", Printable(digest)));
  return *id;
}

}  // namespace vdiwatch::collector
