#pragma once

#include <map>
#include <string>

#include "base/json.h"
#include "collector/store/reader.h"
#include "collector/store/trend_store.h"

namespace vdiwatch::server {

// "2026-11-26"
std::string DateText(Time day);

// Every grade of the scale is there, and others where they occur.
Json CountsJson(const std::map<policy::Grade, std::int64_t>& counts);

// How the pool stands, as a day would keep it.
collector::PoolDay DayOfPool(const collector::PoolSummary& summary, Time day);

}  // namespace vdiwatch::server
