#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/yaml.h"

namespace vdiwatch::policy {

// An excuse: failures of one rule, in one pool or on one desktop, count as waived until a date.
struct Waiver {
  std::string id;
  std::string rule;
  std::string pool;     // of a desktop's: only where it is in this pool; empty: in any
  std::string desktop;  // a host name or the 16 hex digits of its id, lower case; empty: the pool
  std::string owner;
  std::string reason;
  std::optional<Time> starts;
  std::string expires;  // as it is shown: a date, or a time in UTC
  Time ends{};          // the first moment without it: of a date, midnight UTC after that day

  std::string file;
  Mark mark, rule_mark, pool_mark, expires_mark;
};

// Where a waiver stands. In force, it is expiring for its last 14 days, and unused while nothing
// that it is about fails.
enum class WaiverState { kScheduled, kActive, kExpiring, kUnused, kExpired };
std::string_view ToString(WaiverState state);

bool IsInForce(const Waiver& waiver, Time at);
WaiverState StateOf(const Waiver& waiver, bool excuses_something, Time at);

// "until the end of 2026-12-31 (UTC)", "until 2026-12-31T18:00:00Z".
std::string UntilText(const Waiver& waiver);
// "Waived by jane@corp.example until …: reason."
std::string ExcuseText(const Waiver& waiver);
// "pool finance", "desktop fin-01 in pool finance".
std::string ScopeText(const Waiver& waiver);

}  // namespace vdiwatch::policy
