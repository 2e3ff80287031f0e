#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

namespace vdiwatch::server::alert {

// Ends all traffic of a connected socket at this moment, however slowly it trickles: time-
// outs for each read do not bound the whole. Keeps a descriptor of its own until it goes away.
class Deadline {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  Deadline(int socket, Moment end);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  bool passed() const { return passed_; }

 private:
  void Watch(const std::stop_token& stop, Moment end);

  const int socket_;
  std::atomic<bool> passed_ = false;
  std::mutex mutex_;
  std::condition_variable_any ended_;
  std::jthread watch_;
};

}  // namespace vdiwatch::server::alert
