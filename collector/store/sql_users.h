#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/store/access_store.h"
#include "collector/store/connection.h"

namespace vdiwatch::collector {

// The parts of AccessStore that are about users, each in the caller's transaction.
Result<std::optional<User>> FindUserBy(Connection& db, std::string_view column,
                                       std::string_view value);
Result<std::vector<User>> AllUsers(Connection& db);
Result<void> PutUser(Connection& db, const User& user);
Result<UserOutcome> AddUser(Connection& db, const User& user);
Result<UserOutcome> ChangeUser(Connection& db, const User& user, std::string_view keep);
Result<UserOutcome> DeleteUser(Connection& db, std::string_view name, std::int64_t version);
Result<std::optional<User>> AdmitUser(Connection& db, const User& told);

// Globs as a JSON array; NULL or empty: none. A text that is no such array is an error: it must
// not read as "every pool".
std::string PoolsToColumn(const std::vector<std::string>& pools);
Result<std::vector<std::string>> PoolsOfColumn(std::string_view text);

}  // namespace vdiwatch::collector
