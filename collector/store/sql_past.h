#pragma once

#include <memory>

#include "collector/store/database.h"
#include "collector/store/report_reader.h"

namespace vdiwatch::collector {

// The reader of reports over a database; keeps it open.
std::shared_ptr<ReportReader> MakeSqlReportReader(std::shared_ptr<SqlDatabase> database);

}  // namespace vdiwatch::collector
