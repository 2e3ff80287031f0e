#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "collector/store/alert_rows.h"
#include "collector/store/rows.h"

namespace vdiwatch::collector {

// Facts about one key and the slot it claims, read in one go.
struct KnownIncarnation {
  std::optional<Incarnation> incarnation;
  std::optional<Desktop> desktop;  // the incarnation's
  bool has_facts = false;          // the fact set asked about is stored
  bool has_readings = false;
};
struct IncarnationQuery {
  std::string key;              // raw
  std::string facts_digest;     // "sha256:…", or empty
  std::string readings_digest;  // likewise
};

// A desktop that might be the one somebody claims to be, with its live incarnations.
struct Candidate {
  Desktop desktop;
  std::vector<Incarnation> incarnations;  // kLive, kProvisional and kChallenged
};

// All that one batch of check-ins and enrolments writes, in one transaction. Rows with a known id
// are replaced, others inserted; a revoked incarnation stays revoked. When a desktop's pool,
// profile or presence changes, the store itself moves the counts per profile and appends to the
// desktop's log.
struct Changes {
  Time at{};
  std::vector<std::pair<std::string, std::string>> fact_sets;  // "sha256:…" -> canonical JSON
  std::vector<std::pair<std::string, std::string>> readings;   // likewise
  std::vector<Profile> profiles;         // a digest that is there already is left as it is
  std::vector<ProfileVerdict> verdicts;  // of these profiles, under `policy`
  std::string policy;                    // digest of the policy set behind `verdicts`
  std::vector<Desktop> desktops;
  std::vector<Incarnation> incarnations;
  std::vector<DesktopEvent> events;
  std::vector<std::int64_t> token_uses;  // token ids, one per slot they opened
  std::vector<AuditEntry> audit;
  bool empty() const;
};

// A hypervisor that copies UUIDs must not make every enrolment read the whole pool.
inline constexpr int kMaxCandidates = 32;

struct Touch {
  std::int64_t incarnation_id = 0;
  std::int64_t desktop_id = 0;
  std::int64_t sequence = 0;
  Time seen{};
};

struct PoolChange {
  std::int64_t pool_id = 0;
  policy::PoolState state;
  std::string reasons;         // JSON
  bool grade_changed = false;  // then the pool's log gets a row
};

struct HostSeen {
  std::string host_name;
  Presence presence = Presence::kLive;
};

// How far a pass over the history has come; begins with the time alone.
struct PruneCursor {
  Time now{};
  std::size_t table = 0;
  std::int64_t after = 0;
  bool done = false;
};

// The fleet as the collector writes and judges it. Any thread may call. What changes the fleet is
// durable when the call returns; reads see every commit that returned before.
// Errors: unavailable (disk full, database away), conflict (a fact set, profile, policy set, pool
// or key that a row refers to is not stored, or is there twice; nothing was written), internal.
class Store {
 public:
  virtual ~Store() = default;

  virtual Result<std::vector<KnownIncarnation>> FindIncarnations(
      std::span<const IncarnationQuery> queries) = 0;
  // Not retired desktops with this slot, or this SMBIOS UUID (unless a placeholder) or cloud VM id,
  // where not empty; the newest seen first, at most kMaxCandidates of each kind of match.
  virtual Result<std::vector<Candidate>> FindCandidates(std::string_view slot,
                                                        const Claims& claims) = 0;
  // The desktop with this id, retired or not.
  virtual Result<std::optional<Candidate>> FindCandidate(std::int64_t desktop_id) = 0;
  virtual Result<void> Commit(const Changes& changes) = 0;
  // last_seen alone: may be lost for up to 30 s before a crash, so it is not synced. A touch that
  // is older than what the row says by now is dropped.
  virtual Result<void> TouchAll(std::span<const Touch> touches) = 0;
  // Live desktops last seen before `before` in this pool become stale; stale ones and those that
  // are off, last seen before `retire_before`, become retired; answers how many changed. Counts and
  // logs follow. Works in steps, so that commits go on meanwhile.
  virtual Result<std::int64_t> Sweep(std::int64_t pool_id, Time before, Time retire_before,
                                     Time at) = 0;
  // Desktops with a provisional incarnation whose live or challenged ones were all last seen before
  // `before`.
  virtual Result<std::vector<Candidate>> ProvisionalSince(Time before) = 0;

  // Desktops that are not retired and have one of these names (a host name in lower case, or an
  // IdText), or whose profile has waivers: all that other waivers can move; by id.
  virtual Result<std::vector<Desktop>> DesktopsToWaive(std::span<const std::string> names) = 0;
  // One short step of a pass that forgets what is older than `before`: log rows (but for the last
  // one before it, which says how things stood there), events, audit entries (never those of the
  // last 366 days), and keys that were superseded 30 days ago.
  virtual Result<PruneCursor> Prune(PruneCursor cursor, Time before) = 0;
  // Deletes profiles, fact sets, readings and states that no desktop and no history refers to; the
  // raw digests of the profiles that went. Not while a commit is being put together.
  virtual Result<std::vector<std::string>> CollectUnused() = 0;

  virtual Result<std::optional<EnrolToken>> FindEnrolToken(std::string_view hash) = 0;
  virtual Result<std::vector<EnrolToken>> EnrolTokens() = 0;
  // Id 0: a new one. The uses of a known one stay: Commit alone counts them.
  virtual Result<std::int64_t> SaveEnrolToken(const EnrolToken& token) = 0;

  virtual Result<Pool> EnsurePool(std::string_view name) = 0;  // made if it is not there
  virtual Result<std::vector<Pool>> Pools() = 0;
  // The pools' verdicts and the alerts that come of them, in one transaction.
  virtual Result<void> CommitPools(std::span<const PoolChange> pools, std::string_view policy,
                                   std::span<const AlertChange> alerts, Time at) = 0;

  virtual Result<std::vector<Alert>> OpenAlerts() = 0;  // and those that wait to open; by id

  virtual Result<std::string> FactSet(std::string_view digest) = 0;   // not_found
  virtual Result<std::string> Readings(std::string_view digest) = 0;  // not_found
  virtual Result<std::vector<Profile>> Profiles() = 0;
  virtual Result<std::vector<ProfileCount>> Counts(std::int64_t pool_id) = 0;  // no retired ones
  // Which of these host names the pool's desktops have, by name; no retired ones.
  virtual Result<std::vector<HostSeen>> HostsSeen(std::int64_t pool_id,
                                                  std::span<const std::string> hosts) = 0;
  // Verdicts under a new policy set; each changed one is appended to the profile's log.
  virtual Result<void> CommitVerdicts(std::span<const ProfileVerdict> verdicts,
                                      std::string_view policy, Time at) = 0;
  virtual Result<void> SavePolicySet(std::string_view digest, std::string_view files, Time at) = 0;
};

}  // namespace vdiwatch::collector
