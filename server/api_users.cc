#include <fmt/format.h>

#include "base/text.h"
#include "server/api_access_json.h"
#include "server/handlers_access.h"
#include "server/negotiate.h"
#include "server/problem.h"
#include "server/secrets.h"
#include "server/user_name.h"

namespace vdiwatch::server {
namespace {

using collector::User;
using collector::UserOutcome;

constexpr std::size_t kMaxNameBytes = 100;

Result<std::string> ReadName(const Json& body) {
  ASSIGN_OR_RETURN(std::string name, JsonMember<std::string>(body, "name", kMaxNameBytes));
  RETURN_IF_ERROR(CheckUserName(name));
  return name;
}

Result<std::string> HashOf(const std::string& password) {
  if (password.size() < kLeastPasswordLength || password.size() > kMaxPasswordBytes) {
    return Invalid(fmt::format("a password needs {} to {} characters", kLeastPasswordLength,
                               kMaxPasswordBytes));
  }
  return HashPassword(password);
}

HttpResponse UserAnswer(const User& user, int status = 200) {
  HttpResponse response = JsonResponse(UserJson(user), status);
  response.headers.emplace_back("ETag", EtagOf(response.body));
  return response;
}

Result<User> Find(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(auto user, services.accounts.FindUser(call.parameter));
  if (user) return *std::move(user);
  return NotFound("There is no user '" + Printable(call.parameter, kMaxNameBytes) + "'.");
}

// What the outcome means to who asked; nothing: it is done.
std::optional<HttpResponse> ProblemOf(UserOutcome outcome, const Call& call) {
  const std::string& id = call.request.id;
  switch (outcome) {
    case UserOutcome::kDone:
      return std::nullopt;
    case UserOutcome::kTaken:
      return Problem(409, "There is a user of this name already.", id);
    case UserOutcome::kNotFound:
      return Problem(404, "There is no such user.", id);
    case UserOutcome::kStale:
      return Problem(412, "The user was changed meanwhile; read it again.", id);
    case UserOutcome::kLastAdministrator:
      return Problem(409, "No enabled local administrator would be left.", id);
  }
  return Problem(500, "", id);
}

collector::AuditEntry Entry(const Services& services, const Call& call, std::string_view action,
                            const std::string& subject, std::string detail = "") {
  return {services.clock.Now(), call.principal->name, std::string(action), subject,
          std::move(detail)};
}

Result<void> CheckMembers(const Json& body, std::span<const std::string_view> known) {
  if (!body.is_object()) return Invalid("the body must be an object");
  for (const auto& entry : body.items()) {
    if (std::ranges::find(known, entry.key()) != known.end()) continue;
    return Invalid("unknown member '" + Printable(entry.key(), 80) + "'");
  }
  return {};
}

// Puts the members that are there into the user, and what they change into words.
Result<std::string> Apply(const Json& body, User& user) {
  std::vector<std::string> changes;
  const bool moves = body.contains("role") || body.contains("pools");
  if (!user.local() && (moves || body.contains("password"))) {
    return Conflict("the role, pools and password of '" + user.name +
                    "' come from the sign-in provider");
  }
  if (moves) {
    ASSIGN_OR_RETURN(const Reach reach, ReadReach(body, Reach{user.role, user.pools}));
    user.role = reach.role;
    user.pools = reach.pools;
    changes.push_back(ReachText(reach));
  }
  if (body.contains("disabled")) {
    ASSIGN_OR_RETURN(user.disabled, JsonMember<bool>(body, "disabled"));
    changes.push_back(user.disabled ? "disabled" : "enabled");
  }
  if (body.contains("password")) {
    ASSIGN_OR_RETURN(const auto password,
                     JsonMember<std::string>(body, "password", kMaxPasswordBytes));
    ASSIGN_OR_RETURN(user.password_hash, HashOf(password));
    changes.push_back("password");
  }
  if (changes.empty()) return Invalid("nothing to change: send role, pools, disabled or password");
  return Join(changes, ", ");
}

}  // namespace

Result<HttpResponse> ListUsers(const Services& services, const Call&) {
  ASSIGN_OR_RETURN(const auto users, services.accounts.Users());
  Json json = Json::array();
  for (const User& user : users) json.push_back(UserJson(user));
  return JsonResponse({{"users", std::move(json)}});
}

Result<HttpResponse> ShowUser(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(const User user, Find(services, call));
  return UserAnswer(user);
}

Result<HttpResponse> CreateUser(const Services& services, const Call& call) {
  static constexpr std::string_view kMembers[] = {"name", "role", "pools", "password"};
  ASSIGN_OR_RETURN(const Json body, ParseJson(call.request.body, "the body"));
  RETURN_IF_ERROR(CheckMembers(body, kMembers));
  User user;
  ASSIGN_OR_RETURN(user.name, ReadName(body));
  ASSIGN_OR_RETURN(const Reach reach, ReadReach(body, std::nullopt));
  user.role = reach.role;
  user.pools = reach.pools;
  user.created_at = services.clock.Now();
  const bool given = body.contains("password");
  std::string password = given ? "" : RandomText(24);
  if (given) {
    ASSIGN_OR_RETURN(password, JsonMember<std::string>(body, "password", kMaxPasswordBytes));
  }
  ASSIGN_OR_RETURN(user.password_hash, HashOf(password));
  ASSIGN_OR_RETURN(const UserOutcome outcome,
                   services.accounts.AddUser(
                       user, Entry(services, call, "user_added", user.name, ReachText(reach))));
  if (auto problem = ProblemOf(outcome, call)) return *std::move(problem);
  Json json = UserJson(user);
  HttpResponse response = JsonResponse(json, 201);
  const std::string etag = EtagOf(response.body);
  if (!given) json["password"] = password;
  response = JsonResponse(json, 201);
  response.headers.emplace_back("ETag", etag);
  response.headers.emplace_back("Location", "/api/v1/users/" + PercentEncode(user.name));
  return response;
}

Result<HttpResponse> ChangeUser(const Services& services, const Call& call) {
  static constexpr std::string_view kMembers[] = {"role", "pools", "disabled", "password"};
  ASSIGN_OR_RETURN(User user, Find(services, call));
  if (auto refused = RefuseUnlessCurrent(call.request, UserJson(user))) return *std::move(refused);
  ASSIGN_OR_RETURN(const Json body, ParseJson(call.request.body, "the body"));
  RETURN_IF_ERROR(CheckMembers(body, kMembers));
  ASSIGN_OR_RETURN(const std::string what, Apply(body, user));
  ASSIGN_OR_RETURN(
      const UserOutcome outcome,
      services.accounts.ChangeUser(user, call.principal->session_hash,
                                   Entry(services, call, "user_changed", user.name, what)));
  if (auto problem = ProblemOf(outcome, call)) return *std::move(problem);
  return UserAnswer(user);
}

Result<HttpResponse> DeleteUser(const Services& services, const Call& call) {
  ASSIGN_OR_RETURN(const User user, Find(services, call));
  if (auto refused = RefuseUnlessCurrent(call.request, UserJson(user))) return *std::move(refused);
  ASSIGN_OR_RETURN(
      const UserOutcome outcome,
      services.accounts.DeleteUser(user.name, user.version,
                                   Entry(services, call, "user_removed", user.name, user.role)));
  if (auto problem = ProblemOf(outcome, call)) return *std::move(problem);
  return HttpResponse{204, {}, ""};
}

}  // namespace vdiwatch::server
