#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "server/alert_json.h"
#include "server/handlers_alerts.h"

namespace vdiwatch::server {
namespace {

using collector::Delivery;

Result<std::optional<Delivery::State>> StateOf(const Call& call) {
  using State = Delivery::State;
  const std::string_view text = call.Query("state");
  if (text.empty()) return std::optional<State>();
  for (const State state : {State::kWaiting, State::kSent, State::kFailed, State::kDropped}) {
    if (text == collector::ToString(state)) return std::optional(state);
  }
  return Invalid(fmt::format("state cannot be '{}'; it is waiting, sent, failed or dropped",
                             Printable(text, 40)));
}

// One that is configured, or has messages.
Result<void> RequireSink(const Services& services, collector::AlertStore& store,
                         const std::string& sink) {
  std::vector<std::string> names;
  if (services.desk != nullptr) {
    const auto config = services.desk->config();
    for (const alert::SinkSpec& spec : config->sinks) names.push_back(spec.name);
  }
  ASSIGN_OR_RETURN(const auto records, store.SinkRecords());
  for (const collector::SinkRecord& record : records) names.push_back(record.sink);
  if (std::ranges::find(names, sink) != names.end()) return {};
  std::string message = fmt::format("There is no sink named '{}'", Printable(sink, 100));
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const auto near = Nearest(sink, candidates);
  return NotFound(near ? fmt::format("{}; did you mean '{}'?", message, *near) : message + ".");
}

Result<Json> OneJson(collector::AlertStore& store, const Delivery& delivery) {
  ASSIGN_OR_RETURN(const Json list, DeliveriesJson(store, {delivery}));
  ASSIGN_OR_RETURN(const auto attempts, store.AttemptsOf(delivery.id));
  Json json = list.at(0);
  json["log"] = Json::array();
  for (const collector::DeliveryAttempt& attempt : attempts) {
    json["log"].push_back({{"at", FormatTime(attempt.at)},
                           {"took_ms", attempt.took_ms},
                           {"delivered", attempt.delivered},
                           {"answer", attempt.answer}});
  }
  return json;
}

}  // namespace

Result<HttpResponse> ListDeliveries(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(auto* store, AlertStoreOf(services));
  collector::DeliveryFilter filter;
  filter.sink = call.Query("sink");
  if (!filter.sink.empty()) RETURN_IF_ERROR(RequireSink(services, *store, filter.sink));
  ASSIGN_OR_RETURN(filter.state, StateOf(call));
  ASSIGN_OR_RETURN(filter.after, CursorOf(call));
  ASSIGN_OR_RETURN(filter.limit, LimitOf(call));
  const auto limit = static_cast<std::size_t>(filter.limit++);
  ASSIGN_OR_RETURN(auto found, store->Deliveries(filter));
  Json next = nullptr;
  if (found.size() > limit) {
    found.resize(limit);
    next = CursorText(found.back().created_at, found.back().id);
  }
  ASSIGN_OR_RETURN(Json deliveries, DeliveriesJson(*store, found));
  return JsonResponse({{"deliveries", std::move(deliveries)}, {"next_cursor", std::move(next)}});
}

Result<HttpResponse> ShowDelivery(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(auto* store, AlertStoreOf(services));
  ASSIGN_OR_RETURN(const std::int64_t id, IdOf(call, "delivery"));
  ASSIGN_OR_RETURN(const auto delivery, store->FindDelivery(id));
  ASSIGN_OR_RETURN(const Json json, OneJson(*store, delivery));
  return JsonResponse(json);
}

Result<HttpResponse> ReplayDelivery(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(auto* store, AlertStoreOf(services));
  ASSIGN_OR_RETURN(auto* desk, DeskOf(services));
  ASSIGN_OR_RETURN(const std::int64_t id, IdOf(call, "delivery"));
  ASSIGN_OR_RETURN(const auto delivery, desk->Replay(id));
  RETURN_IF_ERROR(services.access.Audit(call.principal->name, "delivery_replayed", call.parameter,
                                        "sink " + delivery.sink));
  ASSIGN_OR_RETURN(const Json json, OneJson(*store, delivery));
  return JsonResponse(json);
}

}  // namespace vdiwatch::server
