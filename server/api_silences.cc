#include <fmt/format.h>

#include "base/digest.h"
#include "base/text.h"
#include "collector/store/rows.h"
#include "server/alert_json.h"
#include "server/duration.h"
#include "server/handlers_alerts.h"

namespace vdiwatch::server {
namespace {

constexpr std::size_t kMaxReasonBytes = 500;

Result<Time> TimeOr(const Json& body, std::string_view key, Time fallback) {
  ASSIGN_OR_RETURN(const auto text, JsonMemberOr<std::string>(body, key, ""));
  if (text.empty()) return fallback;
  auto time = ParseTime(text);
  if (!time) return Invalid(fmt::format("{}: {}", key, time.error().message));
  return time;
}

Result<Time> EndOf(const Json& body, Time starts_at, Seconds longest) {
  ASSIGN_OR_RETURN(const auto lasts, JsonMemberOr<std::int64_t>(body, "lasts_s", 0));
  ASSIGN_OR_RETURN(Time ends_at, TimeOr(body, "ends_at", Time()));
  if ((lasts != 0) == (ends_at != Time())) {
    return Invalid("A silence must end: give ends_at, or lasts_s.");
  }
  if (lasts < 0 || Seconds(lasts) > longest || (lasts == 0 && ends_at - starts_at > longest)) {
    return Invalid(fmt::format("A silence may last {} at most.", FormatDuration(longest)));
  }
  return lasts != 0 ? starts_at + Seconds(lasts) : ends_at;
}

Result<collector::Silence> ReadSilence(const Call& call, Seconds longest, Time now) {
  ASSIGN_OR_RETURN(const Json body, ParseJson(call.request.body, "the body"));
  if (!body.is_object()) return Invalid("the body must be a JSON object");
  const auto matchers = body.find("matchers");
  if (matchers == body.end()) return Invalid("'matchers' is missing");
  ASSIGN_OR_RETURN([[maybe_unused]] const auto match, alert::ParseMatchers(*matchers));
  collector::Silence silence;
  silence.id = RandomId();
  silence.matchers = matchers->dump();
  ASSIGN_OR_RETURN(silence.starts_at, TimeOr(body, "starts_at", now));
  if (silence.starts_at < now) silence.starts_at = now;
  ASSIGN_OR_RETURN(silence.ends_at, EndOf(body, silence.starts_at, longest));
  if (silence.ends_at <= silence.starts_at) return Invalid("The silence's end is past.");
  ASSIGN_OR_RETURN(silence.reason, JsonMember<std::string>(body, "reason", kMaxReasonBytes));
  if (Trim(silence.reason).empty() || FindControl(silence.reason)) {
    return Invalid("A silence needs a reason, in plain text.");
  }
  silence.created_by = call.principal->name;
  return silence;
}

}  // namespace

Result<HttpResponse> ListSilences(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(auto* store, AlertStoreOf(services));
  ASSIGN_OR_RETURN(auto* desk, DeskOf(services));
  const std::string_view ended = call.Query("ended");
  if (!ended.empty() && ended != "yes" && ended != "no") return Invalid("ended is yes or no");
  const Time now = services.clock.Now();
  ASSIGN_OR_RETURN(const auto found, store->SilencesUntil(ended == "yes" ? Time() : now));
  Json silences = Json::array();
  for (const collector::Silence& silence : found) silences.push_back(SilenceJson(silence, now));
  return JsonResponse(
      {{"silences", std::move(silences)}, {"longest_s", desk->config()->longest_silence.count()}});
}

Result<HttpResponse> CreateSilence(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(auto* store, AlertStoreOf(services));
  ASSIGN_OR_RETURN(auto* desk, DeskOf(services));
  const Time now = services.clock.Now();
  ASSIGN_OR_RETURN(const auto silence, ReadSilence(call, desk->config()->longest_silence, now));
  RETURN_IF_ERROR(store->SaveSilence(silence));
  RETURN_IF_ERROR(services.access.Audit(
      call.principal->name, "silence_created", collector::IdText(silence.id),
      fmt::format("{} until {}", silence.matchers, FormatTime(silence.ends_at))));
  return JsonResponse(SilenceJson(silence, now), 201);
}

Result<HttpResponse> EndSilence(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(auto* store, AlertStoreOf(services));
  ASSIGN_OR_RETURN(const std::int64_t id, IdOf(call, "silence"));
  const Time now = services.clock.Now();
  ASSIGN_OR_RETURN(const auto silence, store->EndSilence(id, now));
  RETURN_IF_ERROR(services.access.Audit(call.principal->name, "silence_ended", call.parameter, ""));
  return JsonResponse(SilenceJson(silence, now));
}

}  // namespace vdiwatch::server
