#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collector/store/connection.h"
#include "collector/store/rows.h"
#include "collector/store/store.h"

namespace vdiwatch::collector {

// A whole SELECT for the row readers below; `rest` begins with WHERE or JOIN. The tables' aliases
// in it are `d` (desktop) and `i` (incarnation).
std::string SelectDesktops(std::string_view rest);
std::string SelectIncarnations(std::string_view rest);
std::string SelectEnrolTokens(std::string_view rest);
std::string SelectPools(std::string_view rest);

Result<Desktop> ReadDesktop(Row& row);
// An incarnation has its desktop's claims unless it has its own.
struct StoredIncarnation {
  Incarnation incarnation;
  bool shares_claims = false;
};
Result<StoredIncarnation> ReadIncarnation(Row& row);
Incarnation WithClaims(StoredIncarnation stored, const Claims& of_desktop);
EnrolToken ReadEnrolToken(Row& row);
Pool ReadPool(Row& row);
Profile ReadProfile(Row& row);

// The desktop, or nothing.
Result<std::optional<Desktop>> FindDesktop(Connection& db, std::int64_t id);

// An id by its name; conflict, with the name, if it is not stored.
Result<std::int64_t> RequirePolicySet(Connection& db, std::string_view digest);

}  // namespace vdiwatch::collector
