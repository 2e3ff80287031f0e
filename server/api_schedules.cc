#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "server/access.h"
#include "server/compliance/due.h"
#include "server/compliance/mailer.h"
#include "server/compliance/render.h"
#include "server/compliance/scope.h"
#include "server/handlers_reports.h"
#include "server/negotiate.h"

namespace vdiwatch::server {
namespace {

using collector::ReportSchedule;

constexpr std::size_t kMostSchedules = 1000, kMostRecipients = 50;

std::vector<std::string> Sinks(const Services& services) {
  return services.mailer == nullptr ? std::vector<std::string>() : services.mailer->sinks();
}

// Whoever is limited to pools sends, and knows of, reports on one of them alone.
bool MayHandle(const Principal& principal, const std::string& scope_text) {
  if (principal.sees_all()) return true;
  const auto scope = compliance::ParseScope(scope_text);
  return scope && scope->kind == compliance::Scope::Kind::kPool && principal.MaySee(scope->value);
}

Json ScheduleJson(const ReportSchedule& schedule) {
  auto when = ParseJson(schedule.when, "stored times");
  return {{"id", collector::IdText(schedule.id)},
          {"name", schedule.name},
          {"scope", schedule.scope},
          {"format", schedule.format},
          {"sink", schedule.sink},
          {"recipients", schedule.recipients},
          {"when", when ? *std::move(when) : Json::object()},
          {"enabled", schedule.enabled},
          {"created_by", schedule.created_by},
          {"next_due", FormatTime(schedule.next_due)}};
}

// An address as a mail server takes it; whether anybody reads it, nobody knows.
bool LooksLikeAddress(std::string_view text) {
  const std::size_t at = text.find('@');
  return text.size() <= 254 && at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos && std::ranges::all_of(text, [](char c) {
           return c > ' ' && c != '\x7f' &&
                  std::string_view("<>,;:\"()[]\\").find(c) == std::string_view::npos;
         });
}

Result<std::vector<std::string>> ReadRecipients(const Json& body) {
  const auto list = body.find("recipients");
  const bool good =
      list != body.end() && list->is_array() && !list->empty() && list->size() <= kMostRecipients;
  if (!good) return Invalid(fmt::format("recipients must be 1 to {} addresses", kMostRecipients));
  std::vector<std::string> recipients;
  for (const Json& item : *list) {
    if (!item.is_string() || !LooksLikeAddress(item.get_ref<const std::string&>())) {
      return Invalid("recipients: '" + Printable(item.dump(), 80) + "' is no e-mail address");
    }
    recipients.push_back(item.get<std::string>());
  }
  return recipients;
}

Result<void> RequireKnown(const Json& body) {
  constexpr std::string_view kMembers[] = {"name",       "scope", "format", "sink",
                                           "recipients", "when",  "enabled"};
  if (!body.is_object()) return Invalid("the body must be an object");
  for (const auto& [member, value] : body.items()) {
    if (std::ranges::find(kMembers, member) != std::end(kMembers)) continue;
    return Invalid(fmt::format("unknown member '{}'", Printable(member, 80)));
  }
  return {};
}

// What the body says, into the schedule.
Result<void> ReadSchedule(const Services& services, const Call& call, ReportSchedule& schedule) {
  ASSIGN_OR_RETURN(const Json body, ParseJson(call.request.body, "the body"));
  RETURN_IF_ERROR(RequireKnown(body));
  ASSIGN_OR_RETURN(schedule.name, JsonMember<std::string>(body, "name", 100));
  if (Trim(schedule.name).empty() || Printable(schedule.name) != schedule.name) {
    return Invalid("name must be a line of text");
  }
  ASSIGN_OR_RETURN(const auto scope_text, JsonMemberOr<std::string>(body, "scope", "fleet"));
  ASSIGN_OR_RETURN(const auto scope, compliance::ParseScope(scope_text));
  schedule.scope = compliance::ToString(scope);
  if (!MayHandle(*call.principal, schedule.scope)) {
    return Denied("scope: you may send reports on one of your own pools, as pool:NAME");
  }
  ASSIGN_OR_RETURN(const auto format_text, JsonMemberOr<std::string>(body, "format", "xlsx"));
  ASSIGN_OR_RETURN(const auto format, compliance::ParseFormat(format_text));
  schedule.format = compliance::ToString(format);
  ASSIGN_OR_RETURN(schedule.sink, JsonMember<std::string>(body, "sink", 200));
  const auto sinks = Sinks(services);
  if (std::ranges::find(sinks, schedule.sink) == sinks.end()) {
    return Invalid(fmt::format("sink: there is no smtp sink '{}' in alerts.yaml{}{}",
                               Printable(schedule.sink, 80), sinks.empty() ? "" : "; there is ",
                               Join(sinks, ", ")));
  }
  ASSIGN_OR_RETURN(schedule.recipients, ReadRecipients(body));
  const Json when = body.value("when", Json());
  ASSIGN_OR_RETURN(const auto due, compliance::ParseDue(when));
  schedule.when = when.dump();
  ASSIGN_OR_RETURN(schedule.enabled, JsonMemberOr<bool>(body, "enabled", true));
  schedule.next_due = compliance::NextDue(due, services.clock.Now());
  return {};
}

std::string AuditText(const ReportSchedule& schedule) {
  return fmt::format("{} of {} to {}{}", schedule.format, schedule.scope,
                     Join(schedule.recipients, ", "), schedule.enabled ? "" : " (off)");
}

}  // namespace

Result<ReportSchedule> FindSchedule(const Services& services, const Call& call) {
  const auto id = collector::ParseIdText(call.parameter);
  if (id) {
    auto schedule = services.reports->FindSchedule(*id);
    const bool other = !schedule && schedule.error().kind != ErrorKind::kNotFound;
    if (other || (schedule && MayHandle(*call.principal, schedule->scope))) return schedule;
  }
  return NotFound("There is no report schedule '" + Printable(call.parameter, 40) + "'.");
}

Result<HttpResponse> ListSchedules(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(const auto schedules, services.reports->Schedules());
  Json json = Json::array();
  for (const ReportSchedule& schedule : schedules) {
    if (MayHandle(*call.principal, schedule.scope)) json.push_back(ScheduleJson(schedule));
  }
  return JsonResponse({{"schedules", std::move(json)}, {"sinks", Sinks(services)}});
}

Result<HttpResponse> CreateSchedule(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(const auto all, services.reports->Schedules());
  if (all.size() >= kMostSchedules) {
    return Conflict(fmt::format("there are {} report schedules already", all.size()));
  }
  ReportSchedule schedule;
  RETURN_IF_ERROR(ReadSchedule(services, call, schedule));
  schedule.id = RandomId();
  schedule.created_by = call.principal->name;
  RETURN_IF_ERROR(services.reports->AddSchedule(schedule));
  RETURN_IF_ERROR(services.access.Audit(call.principal->name, "report_schedule_created",
                                        schedule.name, AuditText(schedule)));
  return JsonResponse(ScheduleJson(schedule), 201);
}

Result<HttpResponse> ShowSchedule(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(const auto schedule, FindSchedule(services, call));
  return JsonResponse(ScheduleJson(schedule));
}

Result<HttpResponse> ReplaceSchedule(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(auto schedule, FindSchedule(services, call));
  if (auto refused = RefuseUnlessCurrent(call.request, ScheduleJson(schedule))) {
    return *std::move(refused);
  }
  RETURN_IF_ERROR(ReadSchedule(services, call, schedule));
  ++schedule.version;
  RETURN_IF_ERROR(services.reports->ReplaceSchedule(schedule));
  RETURN_IF_ERROR(services.access.Audit(call.principal->name, "report_schedule_changed",
                                        schedule.name, AuditText(schedule)));
  return JsonResponse(ScheduleJson(schedule));
}

Result<HttpResponse> DeleteSchedule(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(const auto schedule, FindSchedule(services, call));
  if (auto refused = RefuseUnlessCurrent(call.request, ScheduleJson(schedule))) {
    return *std::move(refused);
  }
  RETURN_IF_ERROR(services.reports->DeleteSchedule(schedule.id, schedule.version));
  RETURN_IF_ERROR(services.access.Audit(call.principal->name, "report_schedule_deleted",
                                        schedule.name, AuditText(schedule)));
  return HttpResponse{204, {{"Cache-Control", "no-store"}}, ""};
}

}  // namespace vdiwatch::server
