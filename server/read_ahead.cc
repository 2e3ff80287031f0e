#include "server/read_ahead.h"

#include <chrono>

namespace vdiwatch::server {
namespace {

constexpr auto kEvery = std::chrono::seconds(30);
constexpr Seconds kDays{90LL * 86'400};  // the longest time that the pages offer

}  // namespace

ReadAhead::ReadAhead(VerdictIndex& verdicts, collector::TrendStore& trends, const Clock& clock)
    : verdicts_(verdicts), trends_(trends), clock_(clock), thread_([this] { Run(); }) {}

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void ReadAhead::Run() {
  std::unique_lock lock(mutex_);
  while (!ends_) {
    lock.unlock();
    Read();
    lock.lock();
    wake_.wait_for(lock, kEvery, [this] { return ends_; });
  }
}

void ReadAhead::Read() {
  static_cast<void>(verdicts_.Profiles());
  static_cast<void>(verdicts_.facts().ReadAhead());
  static_cast<void>(trends_.DaysTogether({}, clock_.Now() - kDays));
}

}  // namespace vdiwatch::server
