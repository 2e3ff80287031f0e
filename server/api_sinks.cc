#include "server/alert_json.h"
#include "server/handlers_alerts.h"

namespace vdiwatch::server {

Result<HttpResponse> ListSinks(const Services& services, const Call&) {
  ASSIGN_OR_RETURN(auto* desk, DeskOf(services));
  ASSIGN_OR_RETURN(const auto sinks, desk->Sinks());
  const alert::ConfigFile file = desk->file();
  Json list = Json::array();
  for (const alert::SinkStatus& sink : sinks) list.push_back(SinkJson(sink));
  const bool loaded = file.loaded_at != Time();
  return JsonResponse({{"sinks", std::move(list)},
                       {"alerts_file", file.path.empty() ? Json(nullptr) : Json(file.path)},
                       {"loaded_at", loaded ? Json(FormatTime(file.loaded_at)) : Json(nullptr)},
                       {"problem", file.problem}});
}

Result<HttpResponse> TestSink(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(auto* desk, DeskOf(services));
  ASSIGN_OR_RETURN(const alert::Tried tried, desk->Test(call.parameter));
  RETURN_IF_ERROR(services.access.Audit(call.principal->name, "sink_tested", call.parameter,
                                        tried.delivered ? "delivered" : "not delivered"));
  return JsonResponse({{"sink", call.parameter},
                       {"at", FormatTime(tried.at)},
                       {"delivered", tried.delivered},
                       {"answer", tried.answer},
                       {"took_ms", tried.took_ms}});
}

}  // namespace vdiwatch::server
