#pragma once

#include <string>

namespace vdiwatch::agent {

// The Entra tenant that this machine is joined to and its device there, in small letters; empty
// where it is not joined, or does not tell. A work account that a user added is no join.
struct EntraJoin {
  std::string tenant, device;
};
EntraJoin ReadEntraJoin();

}  // namespace vdiwatch::agent
