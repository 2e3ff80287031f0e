#include "agent/gather/users_windows.h"

#include <windows.h>

#include <algorithm>

#include "agent/gather/registry_windows.h"
#include "agent/gather/terms_windows.h"

namespace vdiwatch::agent {
namespace {

constexpr std::string_view kProfiles =
    "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList";
constexpr std::size_t kMaxKeys = 4096;

// "%SystemDrive%\Users\anna"
std::wstring Expanded(const std::string& text) {
  wchar_t folder[MAX_PATH * 2];
  DWORD size = ::ExpandEnvironmentStringsW(Wide(text).c_str(), folder, std::size(folder));
  return size == 0 || size > std::size(folder) ? std::wstring() : std::wstring(folder);
}

// The persons among the names of a key's subkeys; why they cannot be read goes to `why`.
std::vector<std::string> PersonsBelow(std::string_view key, std::optional<MissingReading>& why) {
  Reading reading = ReadSubkeys(key, kMaxKeys);
  auto* names = std::get_if<KeysReading>(&reading);
  if (!names) {
    why = std::get<MissingReading>(reading);
    return {};
  }
  std::erase_if(names->keys, [](const std::string& name) { return !IsPerson(name); });
  return std::move(names->keys);
}

}  // namespace

bool IsPerson(std::string_view sid) {
  if (!sid.starts_with("S-1-5-21-") && !sid.starts_with("S-1-12-1-")) return false;
  // No "…_Classes" (part of a person's hive), no "….bak" (a profile that could not be loaded).
  return std::ranges::all_of(sid.substr(4),
                             [](char c) { return c == '-' || (c >= '0' && c <= '9'); });
}

Users Users::Meet() {
  Users users;
  std::map<std::string, User> by_sid;
  for (std::string& sid : PersonsBelow(kProfiles, users.no_profiles_)) {
    std::string image = RegistryText(std::string(kProfiles) + "\\" + sid + "@ProfileImagePath");
    by_sid[sid].folder = Expanded(image);
  }
  for (std::string& sid : PersonsBelow("HKU", users.no_hives_)) by_sid[sid].hive_loaded = true;
  for (auto& [sid, user] : by_sid) {
    user.sid = sid;
    user.number = users.NumberOf(sid);
    users.all_.push_back(std::move(user));
  }
  return users;
}

std::int64_t Users::NumberOf(std::string_view sid) {
  auto next = static_cast<std::int64_t>(numbers_.size()) + 1;
  return numbers_.emplace(sid, next).first->second;
}

}  // namespace vdiwatch::agent
