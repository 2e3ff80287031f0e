#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace vdiwatch::collector {

// A few threads that run what they are given, in order of arrival. Who gives bounds how much.
class FrontWorkers {
 public:
  explicit FrontWorkers(int threads);
  // Waits for what runs; what waits is dropped.
  ~FrontWorkers();

  void Run(std::function<void()> task);

 private:
  void Work();

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::function<void()>> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace vdiwatch::collector
