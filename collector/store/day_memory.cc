#include "collector/store/day_memory.h"

#include <iterator>
#include <utility>

namespace vdiwatch::collector {

std::optional<FleetDay> AddUp(Time day, const std::vector<DayOfOnePool>& pools,
                              std::span<const std::int64_t> ids) {
  std::array<std::int64_t, std::size(kDayGrades)> desktops{};
  FleetDay sum;
  sum.day = day;
  auto pool = pools.begin();
  for (const std::int64_t id : ids) {
    while (pool != pools.end() && pool->pool_id < id) ++pool;
    if (pool == pools.end()) break;
    if (pool->pool_id != id) continue;
    sum.reporting += pool->reporting;
    ++sum.pools[pool->grade];
    for (std::size_t i = 0; i < desktops.size(); ++i) desktops[i] += pool->desktops[i];
  }
  if (sum.pools.empty()) return std::nullopt;
  for (std::size_t i = 0; i < desktops.size(); ++i) {
    if (desktops[i] > 0) sum.desktops[kDayGrades[i]] = desktops[i];
  }
  return sum;
}

PoolsOfDay DayMemory::Find(const FleetDay& day) const {
  const std::lock_guard lock(mutex_);
  const auto found = days_.find(day.day);
  if (found == days_.end()) return nullptr;
  const FleetDay& known = found->second.day;
  const bool same = known.reporting == day.reporting && known.desktops == day.desktops &&
                    known.pools == day.pools;
  return same ? found->second.pools : nullptr;
}

void DayMemory::Keep(const FleetDay& day, PoolsOfDay pools) {
  const std::lock_guard lock(mutex_);
  days_.insert_or_assign(day.day, Remembered{day, std::move(pools)});
}

void DayMemory::ForgetBefore(Time oldest) {
  const std::lock_guard lock(mutex_);
  days_.erase(days_.begin(), days_.lower_bound(oldest));
}

}  // namespace vdiwatch::collector
