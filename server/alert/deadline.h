#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/clock.h"

namespace vdiwatch::server::alert {

// Ends all traffic of a connected socket once `patience` is over, however slowly it trickles: time-
// outs for each read do not bound the whole. Keeps a descriptor of its own until it goes away.
class Deadline {
 public:
  Deadline(int socket, Seconds patience);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  bool passed() const { return passed_; }

 private:
  void Watch(const std::stop_token& stop, Seconds patience);

  const int socket_;
  std::atomic<bool> passed_ = false;
  std::mutex mutex_;
  std::condition_variable_any ended_;
  std::jthread watch_;
};

}  // namespace vdiwatch::server::alert
