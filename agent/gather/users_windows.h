#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/evidence.h"

namespace vdiwatch::agent {

// One person who has a profile on this machine, or is signed in.
struct User {
  std::int64_t number = 0;  // stands for the person in all of one recording
  std::string sid;
  std::wstring folder;       // of the profile; empty if there is none
  bool hive_loaded = false;  // signed in, or a task of the user's runs
};

// The users of one recording, numbered once for hives, folders and processes alike.
class Users {
 public:
  // Those of the list of profiles and of the loaded hives, in the order of their SIDs. The
  // system's own accounts are none. Loads no hive.
  static Users Meet();

  const std::vector<User>& all() const { return all_; }
  // Why the list of profiles, or the loaded hives, could not be read.
  const std::optional<MissingReading>& no_profiles() const { return no_profiles_; }
  const std::optional<MissingReading>& no_hives() const { return no_hives_; }

  // The number of whoever has this SID; those who were not met before get the next ones.
  std::int64_t NumberOf(std::string_view sid);

 private:
  std::vector<User> all_;
  std::optional<MissingReading> no_profiles_, no_hives_;
  std::map<std::string, std::int64_t, std::less<>> numbers_;
};

// Whether a SID is a person's: an account of this machine or a domain (S-1-5-21-…), or of Entra
// (S-1-12-1-…). Source: Microsoft, "Security identifiers".
bool IsPerson(std::string_view sid);

}  // namespace vdiwatch::agent
