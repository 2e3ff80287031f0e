#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "policy/pool.h"

namespace vdiwatch::server::compliance {

// Which pools a report is about.
struct Scope {
  enum class Kind { kFleet, kPool, kAttribute };
  Kind kind = Kind::kFleet;
  std::string key;    // of kAttribute
  std::string value;  // of kAttribute; of kPool: its name
};

// "fleet", "pool:NAME", "attribute:KEY=VALUE"; empty is the fleet. Invalid says what is wrong.
Result<Scope> ParseScope(std::string_view text);
std::string ToString(const Scope& scope);
// "the fleet", "pool finance", "the pools with site = Leeds".
std::string InWords(const Scope& scope);

bool Includes(const Scope& scope, const policy::PoolSpec& pool, std::string_view name);

// What a report is as of: nothing: now. "2026-11-01": the last second of that day in UTC, or now if
// it is today. A time in RFC 3339. Invalid: neither, or in the future.
Result<Time> ParseAsOf(std::string_view text, Time now);

}  // namespace vdiwatch::server::compliance
