#include "base/text.h"
#include "server/access.h"
#include "server/compliance/due.h"
#include "server/compliance/mailer.h"
#include "server/handlers_reports.h"

namespace vdiwatch::server {
namespace {

using collector::ReportDelivery;

constexpr std::int64_t kListed = 100;

std::string_view ToString(ReportDelivery::State state) {
  switch (state) {
    case ReportDelivery::State::kWaiting:
      return "waiting";
    case ReportDelivery::State::kSent:
      return "sent";
    case ReportDelivery::State::kFailed:
      break;
  }
  return "failed";
}

Json DeliveryJson(const ReportDelivery& delivery) {
  const bool waits = delivery.state == ReportDelivery::State::kWaiting;
  return {{"due_at", FormatTime(delivery.due_at)},
          {"state", ToString(delivery.state)},
          {"attempts", delivery.attempts},
          {"next_at", waits ? Json(FormatTime(delivery.next_at)) : Json(nullptr)},
          {"updated_at", FormatTime(delivery.updated_at)},
          {"answer", delivery.answer}};
}

}  // namespace

// One more delivery, due now; the schedule's own times stay.
Result<HttpResponse> SendSchedule(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(const auto schedule, FindSchedule(services, call));
  const Time now = services.clock.Now();
  ASSIGN_OR_RETURN(const bool taken, services.reports->TakeDue(schedule, now, schedule.next_due));
  if (!taken) return Conflict("the schedule was changed meanwhile; try again");
  RETURN_IF_ERROR(services.access.Audit(call.principal->name, "report_sent_by_hand", schedule.name,
                                        Join(schedule.recipients, ", ")));
  if (services.mailer != nullptr) services.mailer->Wake();
  return JsonResponse({{"due_at", FormatTime(now)}}, 202);
}

Result<HttpResponse> ListScheduleDeliveries(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(const auto schedule, FindSchedule(services, call));
  ASSIGN_OR_RETURN(const auto deliveries, services.reports->Deliveries(schedule.id, kListed));
  Json json = Json::array();
  for (const ReportDelivery& delivery : deliveries) json.push_back(DeliveryJson(delivery));
  return JsonResponse({{"deliveries", std::move(json)}});
}

}  // namespace vdiwatch::server
