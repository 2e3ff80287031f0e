#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "report/claims.h"
#include "report/fact.h"

namespace vdiwatch {

// The agents' protocol, version 1; docs/protocol.md is its text. Members that a reader does not
// know are ignored, so that agents and collectors one release apart understand each other.
inline constexpr int kProtocolVersion = 1;
inline constexpr std::size_t kMaxEnrolBytes = 16 << 10;
inline constexpr std::size_t kMaxCheckInBytes = 256 << 10;

// What an incarnation remembers of itself; it dies with the system disk, and tells persistence.
struct Canary {
  std::string id;  // random, made with the canary
  Time created_at{};
  std::int64_t boots = 0;  // boots it has lived through, this one included; at least 1
};

// POST /v1/enrol, `Authorization: Bearer <enrolment token>`.
struct EnrolRequest {
  std::string csr;  // PEM, P-256
  Claims claims;
  std::string boot_id;
  std::string replaces;  // SHA-256 (hex) of the public key it was told to give up; may be empty
};
struct EnrolResponse {
  std::string certificate;  // PEM
  std::string ca;           // PEM
  std::string pool;
};

// POST /v1/renew over mutual TLS: the same key, a new certificate.
struct RenewRequest {
  std::string csr;
};

// POST /v1/check-in over mutual TLS.
struct CheckInRequest {
  std::string agent_version;
  std::string os;             // "windows" or "linux"
  std::string boot_id;        // random, dies with the boot
  std::int64_t sequence = 0;  // per incarnation and boot, from 1; repeats are answered, not applied
  Time sent_at{};
  bool late = false;     // it waited in the spool: so it was at `sent_at`
  bool goodbye = false;  // the machine shuts down: silence from now on is `off`, not `stale`
  Canary canary;
  Claims claims;
  std::string facts_digest;       // "sha256:…" of the fact set
  Facts state;                    // facts of class state, sent inline
  Facts per_desktop;              // facts of class per_desktop
  std::string readings_digest;    // of the decisive readings; empty if none
  std::optional<Facts> facts;     // only when asked for (`need`)
  std::optional<Json> readings;   // only when asked for: locator -> what was read, as text
  std::int64_t lost_changes = 0;  // state changes that the agent's spool had to drop
  std::string verdict;            // tag of the verdict that the agent has; empty if none
};

// One rule's outcome as the agent shows it on the desktop.
struct RuleSummary {
  std::string rule;
  std::string grade;
  std::string why;
};
struct CheckInResponse {
  std::int64_t next_in_s = 0;
  std::vector<std::string> need;  // of "facts", "readings", "enrol"
  std::string desktop;            // its id
  std::string pool;
  std::string grade;                // empty while the collector does not know the facts yet
  std::vector<RuleSummary> rules;   // those that are not compliant
  std::vector<std::string> passed;  // ids of those that are, or do not apply
  std::string verdict;        // tag of grade, rules and passed; where the agent named it, left out
  std::int64_t sequence = 0;  // not applied, for it came before: the number held; 0: applied
  Time server_time{};
};

// How enrolment tokens begin, so that people and secret scanners know one when they see it.
inline constexpr std::string_view kEnrolTokenPrefix = "vdw_enrol_";

Json ToJson(const EnrolRequest& request);
Json ToJson(const EnrolResponse& response);
Json ToJson(const RenewRequest& request);
Json ToJson(const CheckInRequest& request);
Json ToJson(const CheckInResponse& response);

Result<EnrolRequest> ParseEnrolRequest(std::string_view body);
Result<EnrolResponse> ParseEnrolResponse(std::string_view body);
Result<RenewRequest> ParseRenewRequest(std::string_view body);
Result<CheckInRequest> ParseCheckInRequest(std::string_view body);
Result<CheckInResponse> ParseCheckInResponse(std::string_view body);

// Readings travel as one flat object, at most 256 entries of 512 bytes; named by DigestText of
// their canonical JSON. An entry `fact:<key>` holds the locators behind that fact, one a line.
inline constexpr std::string_view kSourcesOf = "fact:";
Result<void> CheckReadings(const Json& readings);

}  // namespace vdiwatch
