#pragma once

#include "base/result.h"
#include "collector/store/report_store.h"
#include "server/http.h"
#include "server/route.h"

namespace vdiwatch::server {

// The handlers of /api/v1/reports: docs/reports.md.
// api_compliance.cc
Result<HttpResponse> ShowCompliance(const Services& services, const Call& call);
// api_reconcile.cc
Result<HttpResponse> ReconcileExport(const Services& services, const Call& call);
// api_schedules.cc
Result<HttpResponse> ListSchedules(const Services& services, const Call& call);
Result<HttpResponse> CreateSchedule(const Services& services, const Call& call);
Result<HttpResponse> ShowSchedule(const Services& services, const Call& call);
Result<HttpResponse> ReplaceSchedule(const Services& services, const Call& call);
Result<HttpResponse> DeleteSchedule(const Services& services, const Call& call);
// api_schedule_deliveries.cc
Result<HttpResponse> SendSchedule(const Services& services, const Call& call);
Result<HttpResponse> ListScheduleDeliveries(const Services& services, const Call& call);

// The schedule that the path names, if the caller may know of it; not_found.
Result<collector::ReportSchedule> FindSchedule(const Services& services, const Call& call);

}  // namespace vdiwatch::server
