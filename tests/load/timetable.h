#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

namespace vdiwatch::sim {

// Runs numbered tasks when they are due, on a few threads; a task says when it is due again. No
// task runs twice at once. Ends with its destructor, after the tasks at hand.
class Timetable {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  // Does the task's work and returns when it wants to run next.
  using Work = std::function<Moment(std::size_t task)>;

  Timetable(int threads, Work work);
  ~Timetable();

  void Add(std::size_t task, Moment due);

 private:
  struct Entry {
    Moment due;
    std::size_t task;
    bool operator>(const Entry& other) const { return due > other.due; }
  };
  void Serve();

  Work work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue_;
  bool over_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace vdiwatch::sim
