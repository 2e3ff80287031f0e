#pragma once

#include <span>

#include "collector/store/store.h"
#include "policy/pool_verdict.h"

namespace vdiwatch::collector {

// Of a pool's listed members, how many have a desktop and how many of those report. Pure.
policy::ListedMembers CountMembers(std::span<const HostSeen> seen);

}  // namespace vdiwatch::collector
