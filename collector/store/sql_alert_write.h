#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collector/store/alert_rows.h"
#include "collector/store/connection.h"

namespace vdiwatch::collector {

// Alerts as they are now and their notices, inside the caller's transaction. Conflict: another
// alert of the same cause is open, or another daemon has gone on with one of these.
Result<void> WriteAlerts(Connection& db, std::span<const AlertChange> alerts, Time at);

// Open ones and those that wait to open; by id.
Result<std::vector<Alert>> ReadOpenAlerts(Connection& db);

// A whole SELECT for ReadAlert; `rest` begins with WHERE.
std::string SelectAlerts(std::string_view rest);
Alert ReadAlert(Row& row);

}  // namespace vdiwatch::collector
