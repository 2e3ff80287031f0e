#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "collector/store/sqlite.h"
#include "collector/store/store.h"

namespace vdiwatch::collector {

// The statements behind Store::Commit, TouchAll and CommitVerdicts, inside the caller's
// transaction.
Result<void> ApplyChanges(Connection& db, const Changes& changes);
Result<void> ApplyTouches(Connection& db, std::span<const Touch> touches);
Result<void> ApplyVerdicts(Connection& db, std::span<const ProfileVerdict> verdicts,
                           std::string_view policy, Time at);
Result<void> WriteAudit(Connection& db, const AuditEntry& entry);

// Whether any desktop of the pool in this presence was last seen before `before`.
Result<bool> AnySilent(Connection& db, std::int64_t pool_id, Presence presence, Time before);

// One step of a sweep: at most `limit` desktops of the pool go from one presence to another if they
// were last seen before `before`; answers how many did.
Result<std::int64_t> MoveSilent(Connection& db, std::int64_t pool_id, Presence from, Presence to,
                                Time before, Time at, std::int64_t limit);

}  // namespace vdiwatch::collector
