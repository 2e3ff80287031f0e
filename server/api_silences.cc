#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "collector/store/rows.h"
#include "server/alert/known_names.h"
#include "server/alert_json.h"
#include "server/duration.h"
#include "server/handlers_alerts.h"

namespace vdiwatch::server {
namespace {

constexpr std::size_t kMaxReasonBytes = 500;
constexpr Seconds kMostAhead{10LL * 366 * 24 * 60 * 60};

Result<void> RequireKnown(const Json& body) {
  constexpr std::string_view kMembers[] = {"matchers", "starts_at", "ends_at", "lasts_s", "reason"};
  for (const auto& [member, value] : body.items()) {
    if (std::ranges::find(kMembers, member) != std::end(kMembers)) continue;
    return Invalid(
        fmt::format("unknown member '{}': a silence has matchers, starts_at, ends_at or "
                    "lasts_s, and reason",
                    Printable(member, 80)));
  }
  return {};
}

Result<void> RequireNames(const Services& services, const alert::Match& match) {
  const auto set = services.policy().set;
  const alert::KnownNames known = alert::NamesUnder(*set);
  for (const auto& [label, patterns] : match.patterns) {
    for (const std::string& pattern : patterns) {
      if (const auto why = alert::WhyUnknown(label, pattern, known)) {
        return Invalid("matchers: " + *why);
      }
    }
  }
  return {};
}

Result<Time> TimeOr(const Json& body, std::string_view key, Time now, Time fallback) {
  ASSIGN_OR_RETURN(const auto text, JsonMemberOr<std::string>(body, key, ""));
  if (text.empty()) return fallback;
  auto time = ParseTime(text);
  if (!time) return Invalid(fmt::format("{}: {}", key, time.error().message));
  if (*time > now + kMostAhead) {
    return Invalid(fmt::format("{} is more than ten years ahead", key));
  }
  return time;
}

Result<Time> EndOf(const Json& body, Time now, Time starts_at, Seconds longest) {
  ASSIGN_OR_RETURN(const auto lasts, JsonMemberOr<std::int64_t>(body, "lasts_s", 0));
  ASSIGN_OR_RETURN(Time ends_at, TimeOr(body, "ends_at", now, Time()));
  if ((lasts != 0) == (ends_at != Time())) {
    return Invalid("A silence must end: give ends_at, or lasts_s.");
  }
  if (lasts < 0 || Seconds(lasts) > longest || (lasts == 0 && ends_at - starts_at > longest)) {
    return Invalid(fmt::format("A silence may last {} at most.", FormatDuration(longest)));
  }
  return lasts != 0 ? starts_at + Seconds(lasts) : ends_at;
}

Result<collector::Silence> ReadSilence(const Services& services, const Call& call, Seconds longest,
                                       Time now) {
  ASSIGN_OR_RETURN(const Json body, ParseJson(call.request.body, "the body"));
  if (!body.is_object()) return Invalid("the body must be a JSON object");
  RETURN_IF_ERROR(RequireKnown(body));
  const auto matchers = body.find("matchers");
  if (matchers == body.end()) return Invalid("'matchers' is missing");
  ASSIGN_OR_RETURN(const auto match, alert::ParseMatchers(*matchers));
  RETURN_IF_ERROR(RequireNames(services, match));
  collector::Silence silence;
  silence.id = RandomId();
  silence.matchers = matchers->dump();
  ASSIGN_OR_RETURN(silence.starts_at, TimeOr(body, "starts_at", now, now));
  if (silence.starts_at < now) silence.starts_at = now;
  ASSIGN_OR_RETURN(silence.ends_at, EndOf(body, now, silence.starts_at, longest));
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
  ASSIGN_OR_RETURN(const auto silence,
                   ReadSilence(services, call, desk->config()->longest_silence, now));
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
