#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "collector/store/open.h"

namespace vdiwatch::bench {

// What a fleet of 1,000,000 desktops writes meanwhile, every quarter of a second until it is gone:
// 64 durable changes of state in one commit, and 278 touches.
class CheckIns {
 public:
  explicit CheckIns(const collector::Database& database);
  ~CheckIns();
  CheckIns(const CheckIns&) = delete;
  CheckIns& operator=(const CheckIns&) = delete;

 private:
  void Load();
  void Run();

  const collector::Database& database_;
  std::vector<collector::Desktop> desktops_;
  std::vector<collector::Incarnation> incarnations_;
  std::atomic<bool> ends_ = false;
  std::thread thread_;
};

}  // namespace vdiwatch::bench
