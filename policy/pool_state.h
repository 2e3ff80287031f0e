#pragma once

#include <optional>

#include "policy/pool_verdict.h"

namespace vdiwatch::policy {

// Pure: what JudgePool decides, without its reasons, at a fraction of its cost.
PoolState JudgePoolState(const PoolSpec& pool, const PoolCounts& counts,
                         const std::optional<PoolState>& previous, Time now);

// When the first share that waits will have lasted long enough; nothing if none waits. Pure.
std::optional<Time> NextDue(const PoolSpec& pool, const PoolState& state);

}  // namespace vdiwatch::policy
