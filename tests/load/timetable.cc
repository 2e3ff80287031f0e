#include "tests/load/timetable.h"

namespace vdiwatch::sim {

Timetable::Timetable(int threads, Work work) : work_(std::move(work)) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Serve(); });
}

Timetable::~Timetable() {
  {
    std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void Timetable::Add(std::size_t task, Moment due) {
  {
    std::lock_guard lock(mutex_);
    queue_.push({due, task});
  }
  changed_.notify_one();
}

void Timetable::Serve() {
  std::unique_lock lock(mutex_);
  while (!over_) {
    if (queue_.empty()) {
      changed_.wait(lock);
      continue;
    }
    Entry next = queue_.top();
    if (next.due > std::chrono::steady_clock::now()) {
      changed_.wait_until(lock, next.due);
      continue;
    }
    queue_.pop();
    lock.unlock();
    Moment again = work_(next.task);
    lock.lock();
    queue_.push({again, next.task});
    changed_.notify_one();
  }
}

}  // namespace vdiwatch::sim
