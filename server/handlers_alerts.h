#pragma once

#include "base/result.h"
#include "server/http.h"
#include "server/route.h"

namespace vdiwatch::server {

// The API's handlers of alerts (docs/alerting.md), one per line of routes.cc.
// api_alerts.cc
Result<HttpResponse> ListAlerts(const Services& services, const Call& call);
Result<HttpResponse> ShowAlert(const Services& services, const Call& call);
// api_deliveries.cc
Result<HttpResponse> ListDeliveries(const Services& services, const Call& call);
Result<HttpResponse> ShowDelivery(const Services& services, const Call& call);
Result<HttpResponse> ReplayDelivery(const Services& services, const Call& call);
// api_sinks.cc
Result<HttpResponse> ListSinks(const Services& services, const Call& call);
Result<HttpResponse> TestSink(const Services& services, const Call& call);
// api_silences.cc
Result<HttpResponse> ListSilences(const Services& services, const Call& call);
Result<HttpResponse> CreateSilence(const Services& services, const Call& call);
Result<HttpResponse> EndSilence(const Services& services, const Call& call);

}  // namespace vdiwatch::server
