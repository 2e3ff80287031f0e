#pragma once

#include <string>
#include <string_view>

namespace vdiwatch::policy {

// The one form of a machine's name: "CORP\FIN-01", "fin-01.corp.example" and " fin-01 " are
// "fin-01"; an address, "10.0.0.1", stays whole. Lists of members, waivers and what agents claim
// are compared in it.
std::string HostNameOf(std::string_view written);

}  // namespace vdiwatch::policy
