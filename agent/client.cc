#include "agent/client.h"

#include <fmt/format.h>

#include "base/text.h"

namespace vdiwatch::agent {
namespace {

// The sentence in a refusal's body: {"error": {"kind": …, "message": …}}.
std::string ReasonIn(const std::string& body) {
  auto json = ParseJson(body, "refusal", {.max_bytes = 8 << 10, .max_depth = 4});
  if (!json || !json->is_object() || !json->contains("error")) return "";
  auto text = JsonMember<std::string>((*json)["error"], "message");
  return text ? Printable(*text) : "";
}

Error Refusal(std::string_view what, const HttpReply& reply) {
  std::string reason = ReasonIn(reply.body);
  std::string message = fmt::format("the collector refused {} (HTTP {}){}{}", what, reply.status,
                                    reason.empty() ? "" : ": ", reason);
  switch (reply.status) {
    case 401:
    case 403:
      return Denied(message);
    case 404:
      return NotFound(message);
    case 409:
      return Conflict(message);
    case 408:
    case 429:
      return Unavailable(message);
    default:
      return reply.status >= 500 ? Unavailable(message) : Invalid(message);
  }
}

template <class T, class Request>
Answer<T> Ask(Channel& channel, std::string_view what, std::string_view target,
              const Request& request, std::string_view bearer,
              Result<T> (*parse)(std::string_view)) {
  auto reply = channel.Post(target, ToJson(request).dump(), bearer);
  if (!reply) return {reply.error(), std::nullopt};
  if (reply->status != 200) return {Refusal(what, *reply), reply->retry_after, reply->status};
  auto parsed = parse(reply->body);
  if (parsed) return {std::move(parsed), std::nullopt, reply->status};
  return {
      Unavailable(fmt::format("the answer to {} makes no sense: {}", what, parsed.error().message)),
      std::nullopt, reply->status};
}

}  // namespace

Answer<EnrolResponse> Enrol(Channel& channel, const EnrolRequest& request, std::string_view token) {
  return Ask(channel, "the enrolment", "/v1/enrol", request, token, ParseEnrolResponse);
}

Answer<EnrolResponse> Renew(Channel& channel, const RenewRequest& request) {
  return Ask(channel, "the renewal", "/v1/renew", request, "", ParseEnrolResponse);
}

Answer<CheckInResponse> CheckIn(Channel& channel, const CheckInRequest& request) {
  return Ask(channel, "the check-in", "/v1/check-in", request, "", ParseCheckInResponse);
}

}  // namespace vdiwatch::agent
