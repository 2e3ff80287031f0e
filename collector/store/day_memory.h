#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "collector/store/trend_store.h"

namespace vdiwatch::collector {

// How one pool stood on one day, in few bytes.
struct DayOfOnePool {
  std::int64_t pool_id = 0;
  policy::Grade grade = policy::Grade::kUnknown;
  std::uint32_t reporting = 0;
  std::array<std::uint32_t, 6> desktops{};  // in the order of kDayGrades
};
inline constexpr policy::Grade kDayGrades[] = {
    policy::Grade::kCompliant,    policy::Grade::kConditional, policy::Grade::kUnknown,
    policy::Grade::kNoncompliant, policy::Grade::kWaived,      policy::Grade::kNotApplicable};

// All pools of one day, by id.
using PoolsOfDay = std::shared_ptr<const std::vector<DayOfOnePool>>;

// Those with these ids, which rise, added up; nothing if the day has none of them.
std::optional<FleetDay> AddUp(Time day, const std::vector<DayOfOnePool>& pools,
                              std::span<const std::int64_t> ids);

// Days that are over, 40 bytes for a pool and day: nobody writes them again, unless a clock went
// back, and then they count otherwise. Any thread may call.
class DayMemory {
 public:
  // The day that counts so; null if it is not remembered, or counted otherwise.
  PoolsOfDay Find(const FleetDay& day) const;
  void Keep(const FleetDay& day, PoolsOfDay pools);
  void ForgetBefore(Time oldest);

 private:
  struct Remembered {
    FleetDay day;
    PoolsOfDay pools;
  };

  mutable std::mutex mutex_;
  std::map<Time, Remembered> days_;  // guarded by mutex_
};

}  // namespace vdiwatch::collector
