#include "collector/store/sql_users.h"

#include <algorithm>

#include "base/json.h"

namespace vdiwatch::collector {
namespace {

constexpr std::string_view kColumns =
    "SELECT name, password_hash, role, pools, subject, disabled, created_at, last_sign_in, version "
    "FROM account ";

std::string Select(std::string_view rest) { return std::string(kColumns).append(rest); }

Result<User> ReadUser(Row& row) {
  User user{row.Text(), row.Text(), row.Text()};
  ASSIGN_OR_RETURN(user.pools, PoolsOfColumn(row.Text()));
  user.subject = row.Text();
  user.disabled = row.Integer() != 0;
  user.created_at = row.At();
  user.last_sign_in = row.MaybeAt();
  user.version = row.Integer();
  return user;
}

bool IsBreakGlass(const User& user) {
  return user.local() && !user.disabled && user.role == "administrator";
}

// The user as it is, locked together with all administrators, so that two of them cannot remove
// each other; or why it may not become `after` (nothing: be deleted).
struct Checked {
  UserOutcome outcome = UserOutcome::kDone;
  User before;
};
Result<Checked> Check(Connection& db, std::string_view name, std::int64_t version,
                      const User* after) {
  ASSIGN_OR_RETURN(const auto locked,
                   db.All(Select("WHERE name = ?1 OR role = 'administrator' ORDER BY name")
                              .append(db.dialect().lock),
                          ReadUser, name));
  const auto found = std::ranges::find(locked, name, &User::name);
  if (found == locked.end()) return Checked{UserOutcome::kNotFound, {}};
  if (found->version != version) return Checked{UserOutcome::kStale, *found};
  const bool others = std::ranges::any_of(
      locked, [&](const User& user) { return user.name != name && IsBreakGlass(user); });
  const bool stays = after != nullptr && IsBreakGlass(*after);
  if (IsBreakGlass(*found) && !stays && !others) {
    return Checked{UserOutcome::kLastAdministrator, *found};
  }
  return Checked{UserOutcome::kDone, *found};
}

Result<void> Insert(Connection& db, const User& user, std::string_view on_conflict) {
  std::string sql =
      "INSERT INTO account (name, password_hash, role, pools, subject, disabled, created_at, "
      "last_sign_in, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
  RETURN_IF_ERROR(db.Run(sql.append(on_conflict), user.name, user.password_hash, user.role,
                         OrNull{PoolsToColumn(user.pools)}, OrNull{user.subject}, user.disabled,
                         user.created_at, user.last_sign_in, user.version));
  return {};
}

}  // namespace

std::string PoolsToColumn(const std::vector<std::string>& pools) {
  return pools.empty() ? "" : Json(pools).dump();
}

Result<std::vector<std::string>> PoolsOfColumn(std::string_view text) {
  std::vector<std::string> pools;
  if (text.empty()) return pools;
  const auto json = ParseJson(text, "the stored pools");
  if (!json || !json->is_array() || json->empty()) return Internal("stored pools are no list");
  for (const Json& glob : *json) {
    if (!glob.is_string()) return Internal("stored pools are no list of text");
    pools.push_back(glob.get<std::string>());
  }
  return pools;
}

Result<std::optional<User>> FindUserBy(Connection& db, std::string_view column,
                                       std::string_view value) {
  return db.One(Select("WHERE ").append(column).append(" = ?1"), ReadUser, value);
}

Result<std::vector<User>> AllUsers(Connection& db) {
  return db.All(Select("ORDER BY name"), ReadUser);
}

Result<void> PutUser(Connection& db, const User& user) {
  return Insert(db, user,
                " ON CONFLICT (name) DO UPDATE SET password_hash = excluded.password_hash, "
                "role = excluded.role, pools = excluded.pools, subject = excluded.subject, "
                "disabled = excluded.disabled, version = account.version + 1");
}

Result<UserOutcome> AddUser(Connection& db, const User& user) {
  ASSIGN_OR_RETURN(const auto known, FindUserBy(db, "name", user.name));
  if (known) return UserOutcome::kTaken;
  RETURN_IF_ERROR(Insert(db, user, ""));
  return UserOutcome::kDone;
}

Result<UserOutcome> ChangeUser(Connection& db, const User& user, std::string_view keep) {
  ASSIGN_OR_RETURN(const Checked checked, Check(db, user.name, user.version, &user));
  if (checked.outcome != UserOutcome::kDone) return checked.outcome;
  RETURN_IF_ERROR(PutUser(db, user));
  RETURN_IF_ERROR(db.Run("DELETE FROM web_session WHERE account = ?1 AND hash <> ?2", user.name,
                         Blob{keep.empty() ? "-" : keep}));
  return UserOutcome::kDone;
}

Result<UserOutcome> DeleteUser(Connection& db, std::string_view name, std::int64_t version) {
  ASSIGN_OR_RETURN(const Checked checked, Check(db, name, version, nullptr));
  if (checked.outcome != UserOutcome::kDone) return checked.outcome;
  RETURN_IF_ERROR(db.Run("DELETE FROM account WHERE name = ?1", name));  // the rest goes with it
  return UserOutcome::kDone;
}

Result<std::optional<User>> AdmitUser(Connection& db, const User& told) {
  ASSIGN_OR_RETURN(const auto known, FindUserBy(db, "subject", told.subject));
  if (!known) {
    ASSIGN_OR_RETURN(const auto outcome, AddUser(db, told));
    return outcome == UserOutcome::kDone ? std::optional(told) : std::nullopt;
  }
  if (known->role == told.role && known->pools == told.pools) return known;
  User user = *known;
  user.role = told.role;
  user.pools = told.pools;
  RETURN_IF_ERROR(PutUser(db, user));
  ++user.version;
  return std::optional(user);
}

}  // namespace vdiwatch::collector
