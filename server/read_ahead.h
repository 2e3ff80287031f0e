#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "collector/store/trend_store.h"
#include "server/verdict_index.h"

namespace vdiwatch::server {

// Reads what is remembered of profiles and days, at the start of the daemon and twice a minute
// from then on, so that no request has to wait for it: in a large fleet the first would take
// seconds. What fails is left to the requests, which say so.
class ReadAhead {
 public:
  ReadAhead(VerdictIndex& verdicts, collector::TrendStore& trends, const Clock& clock);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

 private:
  void Run();
  void Read();

  VerdictIndex& verdicts_;
  collector::TrendStore& trends_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ends_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace vdiwatch::server
