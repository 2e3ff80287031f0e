#pragma once

#include "base/result.h"
#include "server/http.h"
#include "server/route.h"

namespace vdiwatch::server {

// Who may come in, who is in, and what they did; openapi/access.yaml describes each answer.
//
// A user: {name, role, pools: [globs, none: every pool], kind: "local" | "oidc", disabled,
//   created_at | null, last_sign_in | null}. What changes one needs If-Match with the ETag of its
//   GET.
// A session: {id, user, created_at, last_used, expires_at, remote_ip, browser, current}.
// An API token: {id, name, role, pools, owner | null, created_at, expires_at, last_used | null,
//   expired}; once, when it is made, `token`.
// A line of the audit log: {id, at, actor, action, subject, detail}.

// api_sign_in.cc: {password: bool, oidc: {label, url} | null}; the callback leads to `return_to`,
// or to /sign-in?problem=CODE with expired, refused, no_role, name_taken, disabled, unavailable or
// failed.
Result<HttpResponse> ShowSignIn(const Services& services, const Call& call);
Result<HttpResponse> BeginOidc(const Services& services, const Call& call);
Result<HttpResponse> FinishOidc(const Services& services, const Call& call);
// api_users.cc: {users: […]}; POST {name, role, pools?, password?} answers the user and, where it
// gave none, `password`; PATCH {role?, pools?, disabled?, password?}.
Result<HttpResponse> ListUsers(const Services& services, const Call& call);
Result<HttpResponse> ShowUser(const Services& services, const Call& call);
Result<HttpResponse> CreateUser(const Services& services, const Call& call);
Result<HttpResponse> ChangeUser(const Services& services, const Call& call);
Result<HttpResponse> DeleteUser(const Services& services, const Call& call);
// api_sessions.cc: {sessions: […]}, one's own, of an administrator everybody's; DELETE of all ends
// one's own, this one too. POST of the password {old, new} ends one's other sessions.
Result<HttpResponse> ListSessions(const Services& services, const Call& call);
Result<HttpResponse> EndSession(const Services& services, const Call& call);
Result<HttpResponse> EndSessions(const Services& services, const Call& call);
Result<HttpResponse> ChangePassword(const Services& services, const Call& call);
// api_api_tokens.cc: {api_tokens: […]}, one's own, of an administrator everybody's; POST {name,
// role, pools?, expires_in_s}.
Result<HttpResponse> ListApiTokens(const Services& services, const Call& call);
Result<HttpResponse> CreateApiToken(const Services& services, const Call& call);
Result<HttpResponse> RevokeApiToken(const Services& services, const Call& call);
// api_audit.cc: {entries: […], next_cursor}, newest first.
Result<HttpResponse> ShowAudit(const Services& services, const Call& call);

}  // namespace vdiwatch::server
