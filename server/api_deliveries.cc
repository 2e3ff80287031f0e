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

// A sink of alerts.yaml, or one that something was sent to.
Result<std::string> SinkOf(const Services& services, const Call& call,
                           collector::AlertStore& store) {
  const std::string sink(call.Query("sink"));
  if (sink.empty()) return sink;
  collector::DeliveryFilter any;
  any.sink = sink;
  any.limit = 1;
  ASSIGN_OR_RETURN(const auto deliveries, store.Deliveries(any));
  if (!deliveries.empty()) return sink;
  ASSIGN_OR_RETURN(const alert::Desk* desk, DeskOf(services));
  ASSIGN_OR_RETURN(const auto sinks, desk->Sinks());
  if (std::ranges::find(sinks, sink, &alert::SinkStatus::name) != sinks.end()) return sink;
  return NotFound("There is no sink '" + Printable(sink, 80) + "'.");
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
  ASSIGN_OR_RETURN(filter.sink, SinkOf(services, call, *store));
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
