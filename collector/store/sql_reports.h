#pragma once

#include <memory>

#include "collector/store/database.h"
#include "collector/store/report_store.h"

namespace vdiwatch::collector {

// The schedules of reports over a database; keeps it open.
std::shared_ptr<ReportStore> MakeSqlReports(std::shared_ptr<SqlDatabase> database);

}  // namespace vdiwatch::collector
