#pragma once

#include <cstdint>

#include "report/fact.h"

namespace vdiwatch::bench {

// Facts of a Windows desktop as an agent reports them; `number` makes them distinct.
Facts MachineFacts(std::int64_t number);

}  // namespace vdiwatch::bench
