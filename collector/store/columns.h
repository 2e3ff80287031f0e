#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collector/store/rows.h"

namespace vdiwatch::collector {

// How values stand in columns, the same for every engine. Numbers are part of the schema: the
// enumerations may grow at their end and never be reordered.
constexpr std::int64_t ToColumn(policy::Grade grade) { return static_cast<std::int64_t>(grade); }
constexpr std::int64_t ToColumn(Presence presence) { return static_cast<std::int64_t>(presence); }
constexpr std::int64_t ToColumn(IncarnationState s) { return static_cast<std::int64_t>(s); }
policy::Grade GradeOfColumn(std::int64_t number);  // kUnknown if it is none
Presence PresenceOfColumn(std::int64_t number);
IncarnationState IncarnationStateOfColumn(std::int64_t number);

// "sha256:…" <-> the 32 raw bytes; empty stays empty. Invalid: no such text.
Result<std::string> RawDigest(std::string_view text);
std::string DigestOfRaw(std::string_view raw);

// Compact JSON; empty for empty facts, claims or lists.
std::string FactsToColumn(const Facts& facts);
std::string ClaimsToColumn(const Claims& claims);
std::string WaiversToColumn(const std::vector<std::string>& ids);  // a JSON array

// A pool's waiting shares stand in two columns: its own, and a JSON object of those of rules.
using Pending = decltype(policy::PoolState::pending);
std::optional<Time> PendingOfPool(const Pending& pending);
std::string PendingToColumn(const Pending& pending);
Pending PendingOfColumns(const std::optional<Time>& of_pool, std::string_view of_rules);

// Facts that this release refuses (a newer or older one wrote them) are left out as a whole: the
// next check-in tells them again.
Facts FactsOfColumn(std::string_view text);
Result<Claims> ClaimsOfColumn(std::string_view text);
std::vector<std::string> WaiversOfColumn(std::string_view text);

}  // namespace vdiwatch::collector
