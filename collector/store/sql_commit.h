#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "collector/store/connection.h"
#include "collector/store/store.h"

namespace vdiwatch::collector {

// The statements behind Store::Commit and CommitVerdicts, inside the caller's transaction.
Result<void> ApplyChanges(Connection& db, const Changes& changes);
Result<void> ApplyVerdicts(Connection& db, std::span<const ProfileVerdict> verdicts,
                           std::string_view policy, Time at);
Result<void> WriteAudit(Connection& db, std::span<const AuditEntry> entries);

}  // namespace vdiwatch::collector
