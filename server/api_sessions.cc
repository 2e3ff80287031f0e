#include <algorithm>

#include "base/text.h"
#include "server/api_access_json.h"
#include "server/handlers_access.h"
#include "server/problem.h"
#include "server/secrets.h"
#include "server/session_cookie.h"

namespace vdiwatch::server {
namespace {

using collector::Session;

Json SessionJson(const Session& session, const Principal& viewer) {
  return {{"id", HandleOf(session.hash)},
          {"user", session.user},
          {"created_at", FormatTime(session.created_at)},
          {"last_used", FormatTime(session.last_used)},
          {"expires_at", FormatTime(session.expires_at)},
          {"remote_ip", session.remote_ip},
          {"browser", session.browser},
          {"current", session.hash == viewer.session_hash}};
}

// Those that still let somebody in and that the viewer may know of.
Result<std::vector<Session>> VisibleSessions(const Services& services, const Principal& viewer) {
  ASSIGN_OR_RETURN(auto sessions, services.accounts.Sessions());
  std::erase_if(sessions, [&](const Session& session) {
    const bool own = !viewer.session_hash.empty() && session.user == viewer.name;
    return !services.access.IsOpen(session) || !(own || viewer.role == Role::kAdministrator);
  });
  return sessions;
}

}  // namespace

Result<HttpResponse> ListSessions(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(const auto sessions, VisibleSessions(services, *call.principal));
  Json json = Json::array();
  for (const Session& session : sessions) json.push_back(SessionJson(session, *call.principal));
  return JsonResponse({{"sessions", std::move(json)}});
}

Result<HttpResponse> EndSession(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(const auto sessions, VisibleSessions(services, *call.principal));
  const auto found = std::ranges::find(
      sessions, call.parameter, [](const Session& session) { return HandleOf(session.hash); });
  if (found == sessions.end()) {
    return NotFound("There is no session '" + Printable(call.parameter, 40) + "'.");
  }
  RETURN_IF_ERROR(services.accounts.DeleteSession(found->hash));
  RETURN_IF_ERROR(services.access.Audit(call.principal->name, "session_ended", found->user,
                                        HandleOf(found->hash)));
  HttpResponse response{204, {}, ""};
  if (found->hash == call.principal->session_hash) ForgetSessionCookie(response);
  return response;
}

Result<HttpResponse> EndSessions(const Services& services, const Call& call) {
  const Principal& principal = *call.principal;
  if (!principal.by_cookie()) return Invalid("an API token has no sessions to end");
  ASSIGN_OR_RETURN(const auto ended,
                   services.accounts.DeleteSessionsOf(principal.name, "",
                                                      {services.clock.Now(), principal.name,
                                                       "sessions_ended", principal.name, ""}));
  HttpResponse response = JsonResponse({{"ended", ended}});
  ForgetSessionCookie(response);
  return response;
}

Result<HttpResponse> ChangePassword(const Services& services, const Call& call) {
  if (!call.principal->by_cookie()) return Invalid("an API token has no password");
  ASSIGN_OR_RETURN(const Json body, ParseJson(call.request.body, "the body"));
  ASSIGN_OR_RETURN(const auto before, JsonMember<std::string>(body, "old", kMaxPasswordBytes));
  ASSIGN_OR_RETURN(const auto after, JsonMember<std::string>(body, "new", kMaxPasswordBytes));
  ASSIGN_OR_RETURN(const auto answer, services.access.ChangePassword(*call.principal, before, after,
                                                                     call.request.remote_ip));
  switch (answer.outcome) {
    case PasswordChange::kDone:
      return HttpResponse{204, {}, ""};
    case PasswordChange::kWrong:
      return Problem(403, "The old password is wrong.", call.request.id);
    case PasswordChange::kStale:
      return Problem(409, "The user was changed meanwhile; try again.", call.request.id);
    case PasswordChange::kWait:
      return TooManyAttempts(answer.retry_after, call.request.id);
  }
  return Internal("no such outcome");
}

}  // namespace vdiwatch::server
