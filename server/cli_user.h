#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "server/cli.h"

namespace vdiwatch::server {

// What `vdiwatch user add` and `password` take. Without config_file they ask the profile's server.
struct UserOptions {
  std::shared_ptr<std::string> config_file, profile;
  std::string name;
  std::string role = "viewer";
  std::string password_file;
  std::vector<std::string> pools = {};  // globs; none: every pool
};

// The same through the API of the profile's server.
Result<int> AddUserThere(const UserOptions& options, std::ostream& out);
Result<int> SetPasswordThere(const UserOptions& options, std::ostream& out);

// "user:                 ada (operator of fin-*)", and the password if it was made here.
void PrintUser(const std::string& name, const std::string& reach, const ChosenPassword& password,
               std::ostream& out);

}  // namespace vdiwatch::server
