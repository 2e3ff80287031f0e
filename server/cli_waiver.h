#pragma once

#include "base/json.h"
#include "server/cli.h"

namespace vdiwatch::server {

// The API's list of waivers, for people.
void PrintWaivers(const Json& waivers, const Terminal& terminal);

}  // namespace vdiwatch::server
