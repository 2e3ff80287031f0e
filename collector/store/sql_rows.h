#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collector/store/rows.h"
#include "collector/store/sqlite.h"
#include "collector/store/store.h"

namespace vdiwatch::collector {

// A whole SELECT for the row readers below; `rest` begins with WHERE or JOIN. The tables' aliases
// in it are `d` (desktop) and `i` (incarnation).
std::string SelectDesktops(std::string_view rest);
std::string SelectIncarnations(std::string_view rest);
std::string SelectEnrolTokens(std::string_view rest);
std::string SelectPools(std::string_view rest);

Result<Desktop> ReadDesktop(Row& row);
// `shared` are the desktop's claims, which the incarnation has unless it has its own.
Result<Incarnation> ReadIncarnation(Row& row, const Claims& shared);
EnrolToken ReadEnrolToken(Row& row);
Pool ReadPool(Row& row);
Profile ReadProfile(Row& row);

// The desktop, or nothing.
Result<std::optional<Desktop>> FindDesktop(Connection& db, std::int64_t id);

// An id by its name; conflict, with the name, if it is not stored.
Result<std::int64_t> RequirePolicySet(Connection& db, std::string_view digest);
Result<std::int64_t> RequireProfile(Connection& db, std::string_view raw_digest);

// The claims that have no column of their own. Merging them back is ReadDesktop's part.
std::string OtherClaims(const Claims& claims);

}  // namespace vdiwatch::collector
