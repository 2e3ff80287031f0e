#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "policy/grade.h"
#include "policy/install_order.h"
#include "policy/persistence.h"
#include "policy/pool_verdict.h"
#include "report/claims.h"
#include "report/fact.h"

namespace vdiwatch::collector {

// One life of an agent. A key is named by the raw SHA-256 of its public key (SPKI, DER).
enum class IncarnationState {
  kLive,         // speaks for its desktop
  kProvisional,  // enrolled for a slot whose earlier incarnation may still speak
  kSuperseded,   // its slot went on without it
  kCloned,       // was seen on two machines; told to enrol anew
  kRevoked,      // by an administrator
  kChallenged,   // another incarnation enrolled for its slot; if it speaks, both are kept
};
struct Incarnation {
  std::int64_t id = 0;
  std::int64_t desktop_id = 0;
  std::string key;  // 32 raw bytes
  IncarnationState state = IncarnationState::kLive;
  std::int64_t token_id = 0;  // that it enrolled with
  Time enrolled_at{};
  Time certificate_expires{};
  std::string boot_id;        // of its newest check-in; empty before the first
  std::string past_boots;     // of the boots before that one (RememberBoot of identify.h)
  std::int64_t sequence = 0;  // within that boot
  Time last_seen{};
  Claims claims;  // of its newest check-in or enrolment
};

enum class Presence {
  kLive,     // reported within the pool's time
  kOff,      // said goodbye; keeps its grade
  kStale,    // silent without goodbye; weighs as unknown
  kRetired,  // in history only, in no count
};

// The seat that IT counts.
struct Desktop {
  std::int64_t id = 0;
  std::int64_t pool_id = 0;
  std::string slot;  // of collector/identify.h; empty if nothing identifies it
  Claims claims;     // of its current incarnation
  Presence presence = Presence::kLive;
  Time created_at{};
  Time last_seen{};
  std::string profile;          // raw digest of its profile; empty before its facts are known
  std::string facts_digest;     // "sha256:…" it reported last, known or not; empty before
  std::string readings_digest;  // likewise
  Facts state;                  // facts of class state, as reported last
  Facts per_desktop;
  std::string agent_version;
  std::string os;
  std::string duplicate = "none";  // identity.duplicate
  std::optional<policy::Boot> last_boot;
  policy::BootHistory boots;
  policy::InstallOrder install_order;
};

// One distinct combination of pool, fact set, state facts, derived facts and waivers of desktops;
// all desktops that share it share one verdict. Named by a raw SHA-256 (collector/profile.h).
struct Profile {
  std::string digest;
  std::int64_t pool_id = 0;
  std::string facts_digest;          // "sha256:…" of a stored fact set
  std::string state;                 // canonical JSON of the state facts
  std::string derived;               // canonical JSON of the derived facts
  std::vector<std::string> waivers;  // ids of those that name the desktop, sorted
};

// The verdict on a profile under a policy set.
struct ProfileVerdict {
  std::string profile;  // raw digest
  policy::Grade grade = policy::Grade::kUnknown;
  std::string verdict;  // JSON, policy::VerdictToJson
  std::optional<Time> valid_until;
};

// A policy set that was in force.
struct StoredPolicySet {
  std::string digest;  // "sha256:…"
  Time at{};           // when it first came into force
  std::string files;   // JSON object: name -> text
};

struct ProfileCount {
  std::string profile;  // raw digest; empty: desktops whose facts are not known yet
  Presence presence = Presence::kLive;
  std::int64_t desktops = 0;
};

struct Pool {
  std::int64_t id = 0;
  std::string name;
  std::optional<policy::PoolState> state;
  std::string reasons = "[]";  // JSON array of {rule, grade, desktops, text}
};

// Something worth a line on a desktop's timeline: enrolled, boot survived, reset, superseded, ….
struct DesktopEvent {
  std::int64_t desktop_id = 0;
  Time at{};
  std::string kind;
  std::string detail;
};

struct EnrolToken {
  std::int64_t id = 0;
  std::string hash;  // raw SHA-256 of the token's text
  std::int64_t pool_id = 0;
  Time created_at{};
  Time expires_at{};
  std::int64_t max_uses = 0;  // slots, not enrolments; 0: no limit
  std::int64_t uses = 0;
  std::string cidr;  // empty: from anywhere
  bool revoked = false;
  std::string note;
};

// How the number of a desktop or incarnation is written for people and in URLs: 16 hex digits.
std::string IdText(std::int64_t id);
std::optional<std::int64_t> ParseIdText(std::string_view text);

std::string_view ToString(Presence presence);
std::string_view ToString(IncarnationState state);
std::optional<Presence> ParsePresence(std::string_view text);

// Who did what to what, when; append-only.
struct AuditEntry {
  Time at{};
  std::string actor;
  std::string action;
  std::string subject;
  std::string detail;
};

}  // namespace vdiwatch::collector
