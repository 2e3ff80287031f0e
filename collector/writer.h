#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/log.h"
#include "collector/round.h"

namespace vdiwatch::collector {

// The one thread that changes the fleet: it applies jobs in rounds, judges pools, sweeps. Any
// thread may call Add, Run and Stop.
class Writer {
 public:
  Writer(CollectorOptions options, std::shared_ptr<Store> store, std::string ca_certificate,
         std::shared_ptr<const policy::PolicySet> policy, const Clock& clock, Log& log);
  ~Writer() { Stop(); }

  // Judges what is stored, then starts the thread.
  Result<void> Start();
  // Answers what was taken and ends the thread; what comes later is answered with 503.
  void Stop();

  void Add(Job job);
  // Runs a task on the writer's thread, between rounds, and waits for its result.
  using Task = std::function<Result<void>()>;
  Result<void> Run(Task task);

  // For tasks on the writer's thread.
  // Puts a policy set in force: all profiles at once or, on failure, none; then the pools.
  Result<void> Adopt(std::shared_ptr<const policy::PolicySet> policy);
  Result<void> Sweep();

 private:
  struct Waiting;

  void Loop();
  void RunJobs(std::deque<Job>& jobs);
  void RunTasks();
  void Pulse();
  Result<void> Flush();
  Result<void> SettleTakeovers();
  Result<void> ForgetHistory(Time now);
  Result<void> RecordDay(Time now);
  Result<void> JudgeDirtyPools();

  const CollectorOptions options_;
  const std::shared_ptr<Store> store_;
  const std::string ca_certificate_;
  const Clock& clock_;
  Log& log_;
  Judge judge_;
  Memory memory_;
  Time swept_at_{};
  Time prune_at_{};     // when the next pass over the history begins
  Time recorded_at_{};  // when the day was last written down
  std::optional<PruneCursor> pruning_;
  std::chrono::steady_clock::time_point judged_at_{};  // paces work, tells no time

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;        // guarded by mutex_
  std::deque<Waiting*> tasks_;  // guarded by mutex_
  bool stopping_ = false;       // guarded by mutex_
  std::thread thread_;
};

}  // namespace vdiwatch::collector
