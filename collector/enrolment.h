#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "collector/identify.h"
#include "collector/store/store.h"
#include "report/messages.h"

namespace vdiwatch::collector {

// Somebody who wants to become an incarnation: the token was good, the key is its own.
struct Enrolment {
  std::string key;  // raw SHA-256 of its public key
  Claims claims;
  std::string boot_id;
  EnrolToken token;
  Time certificate_expires{};
};

// Adds to `changes` what enrolling means: the incarnation, its desktop (a new one costs a token
// use), what becomes of the incarnations before it, the timeline and the audit. Pure.
// Denied: the token has no uses left.
Result<void> Enrol(const Enrolment& enrolment, const std::vector<Candidate>& candidates,
                   const Identified& who, Changes& changes);

// The slot went on without its earlier incarnation: the provisional one is its successor. Pure.
void SettleTakeover(const Candidate& candidate, Changes& changes);

// The challenged incarnation spoke: the provisional ones get desktops of their own. Pure.
void SplitCollision(const Candidate& candidate, std::int64_t spoke, Changes& changes);

}  // namespace vdiwatch::collector
