#pragma once

#include "base/json.h"
#include "server/cli.h"

namespace vdiwatch::server {

// A plan of the API, vdiwatch-plan/1, for a person.
void PrintPlan(const Json& plan, const Terminal& terminal);

}  // namespace vdiwatch::server
