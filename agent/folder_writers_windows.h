#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace vdiwatch::agent {

// What somebody can do to a place: change it or what lies in it, or no more than put another in its
// stead.
enum class Harm { kChange, kReplace };

// Who but the system, its administrators and its installer can do that, as SIDs. `descriptor` is a
// SECURITY_DESCRIPTOR with owner and DACL. Denied rights are not looked at, so it may name too
// many.
std::vector<std::string> Strangers(void* descriptor, Harm harm);

// The places on the way to this program that a stranger can do harm to, each with his name: a
// service that runs it would give him the rights of SYSTEM. None where all is well, or cannot be
// told.
std::vector<std::string> StrangersOnTheWayTo(const std::filesystem::path& program);

}  // namespace vdiwatch::agent
