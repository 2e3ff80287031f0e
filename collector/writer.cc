#include "collector/writer.h"

#include <chrono>
#include <future>
#include <iterator>

#include "collector/enrolment.h"
#include "collector/store/trend_store.h"

namespace vdiwatch::collector {
namespace {

// A few hundred changes a commit is the knee (SCALE, "Store").
constexpr std::size_t kMaxJobsPerRound = 256;
constexpr int kPruneSteps = 20;  // a sweep
constexpr Seconds kBetweenPasses{24 * 60 * 60};
constexpr Seconds kBetweenRecords{60 * 60};
constexpr auto kPulse = std::chrono::milliseconds(500);

Response Closing() { return ErrorResponse(503, Unavailable("the collector is stopping")); }

Reply& ReplyOf(Job& job) {
  return std::visit([](auto& held) -> Reply& { return held.reply; }, job);
}

}  // namespace

struct Writer::Waiting {
  Task task;
  std::promise<Result<void>> result;
};

Writer::Writer(CollectorOptions options, std::shared_ptr<Store> store, std::string ca_certificate,
               std::shared_ptr<const policy::PolicySet> policy, const Clock& clock, Log& log)
    : options_(options),
      store_(std::move(store)),
      ca_certificate_(std::move(ca_certificate)),
      clock_(clock),
      log_(log),
      judge_(*store_, std::move(policy)) {}

Result<void> Writer::Start() {
  swept_at_ = clock_.Now();
  ASSIGN_OR_RETURN(std::vector<Alert> alerts, store_->OpenAlerts());
  judge_.LoadAlerts(std::move(alerts));
  RETURN_IF_ERROR(Adopt(judge_.shared_policy()));
  thread_ = std::thread([this] { Loop(); });
  return {};
}

Result<void> Writer::Adopt(std::shared_ptr<const policy::PolicySet> policy) {
  ASSIGN_OR_RETURN(std::vector<Pool> pools, store_->Pools());
  RETURN_IF_ERROR(judge_.Adopt(std::move(policy), clock_.Now()));
  for (const auto& pool : pools) memory_.dirty_pools.insert(pool.id);
  // The set is in force; pools that cannot be judged now are at the next pulse.
  if (auto judged = JudgeDirtyPools(); !judged) log_.Error("pools: {}", judged.error().message);
  return {};
}

void Writer::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Writer::Add(Job job) {
  {
    std::lock_guard lock(mutex_);
    if (!stopping_) {
      jobs_.push_back(std::move(job));
      wake_.notify_one();
      return;
    }
  }
  ReplyOf(job)(Closing());
}

Result<void> Writer::Run(Task task) {
  Waiting waiting{std::move(task), {}};
  auto result = waiting.result.get_future();
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return Unavailable("the collector is stopping");
    tasks_.push_back(&waiting);
  }
  wake_.notify_one();
  return result.get();
}

void Writer::Loop() {
  for (;;) {
    std::deque<Job> jobs;
    bool stopping;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, kPulse, [&] { return stopping_ || !jobs_.empty() || !tasks_.empty(); });
      stopping = stopping_;
      auto end = jobs_.begin() + static_cast<long>(std::min(jobs_.size(), kMaxJobsPerRound));
      std::move(jobs_.begin(), end, std::back_inserter(jobs));
      jobs_.erase(jobs_.begin(), end);
    }
    RunJobs(jobs);
    RunTasks();
    Pulse();
    if (!stopping) continue;
    std::lock_guard lock(mutex_);
    if (jobs_.empty() && tasks_.empty()) break;
  }
  if (auto flushed = Flush(); !flushed) log_.Error("{}", flushed.error().message);
}

void Writer::RunJobs(std::deque<Job>& jobs) {
  while (!jobs.empty()) {
    Round round(options_, *store_, judge_, memory_, ca_certificate_, clock_.Now(), log_);
    std::deque<Job> later;
    for (auto& job : jobs) {
      if (!round.Take(job)) later.push_back(std::move(job));
    }
    round.Finish();
    jobs = std::move(later);
  }
}

void Writer::RunTasks() {
  for (;;) {
    Waiting* waiting;
    {
      std::lock_guard lock(mutex_);
      if (tasks_.empty()) return;
      waiting = tasks_.front();
      tasks_.pop_front();
    }
    waiting->result.set_value(waiting->task());
  }
}

// What time itself brings: pools that changed are judged, and now and then all is swept.
void Writer::Pulse() {
  if (clock_.Now() >= swept_at_ + options_.sweep_every) {
    if (auto swept = Sweep(); !swept) log_.Error("sweep: {}", swept.error().message);
  }
  auto now = std::chrono::steady_clock::now();
  if (now < judged_at_ + kPulse) return;
  judged_at_ = now;
  if (auto judged = JudgeDirtyPools(); !judged) log_.Error("pools: {}", judged.error().message);
}

Result<void> Writer::JudgeDirtyPools() {
  if (memory_.dirty_pools.empty()) return {};
  std::vector<std::int64_t> ids(memory_.dirty_pools.begin(), memory_.dirty_pools.end());
  RETURN_IF_ERROR(judge_.JudgePools(ids, clock_.Now()));
  memory_.dirty_pools.clear();
  return {};
}

Result<void> Writer::Flush() {
  if (memory_.touches.empty()) return {};
  std::vector<Touch> touches;
  for (const auto& [id, touch] : memory_.touches) touches.push_back(touch);
  RETURN_IF_ERROR(store_->TouchAll(touches));
  memory_.touches.clear();
  return {};
}

Result<void> Writer::SettleTakeovers() {
  Changes changes;
  changes.at = clock_.Now();
  ASSIGN_OR_RETURN(std::vector<Candidate> due,
                   store_->ProvisionalSince(changes.at - 2 * options_.check_in_every));
  for (const auto& candidate : due) SettleTakeover(candidate, changes);
  return changes.empty() ? Result<void>() : store_->Commit(changes);
}

// Once a day, a few steps each sweep; then what nothing refers to any more.
Result<void> Writer::ForgetHistory(Time now) {
  if (!pruning_ && now < prune_at_) return {};
  if (!pruning_) pruning_ = PruneCursor{.now = now};
  for (int step = 0; step < kPruneSteps && !pruning_->done; ++step) {
    ASSIGN_OR_RETURN(pruning_, store_->Prune(*pruning_, now - options_.keep_history));
  }
  if (!pruning_->done) return {};
  pruning_.reset();
  prune_at_ = now + kBetweenPasses;
  ASSIGN_OR_RETURN(std::vector<std::string> gone, store_->CollectUnused());
  judge_.Forget(gone);
  return {};
}

// Once an hour, so that the day ends with the state of its last hour.
Result<void> Writer::RecordDay(Time now) {
  if (options_.trends == nullptr || now < recorded_at_ + kBetweenRecords) return {};
  RETURN_IF_ERROR(options_.trends->RecordDay(now, now - options_.keep_history));
  recorded_at_ = now;
  return {};
}

Result<void> Writer::Sweep() {
  const Time now = clock_.Now();
  swept_at_ = now;
  RETURN_IF_ERROR(Flush());
  RETURN_IF_ERROR(SettleTakeovers());
  RETURN_IF_ERROR(judge_.RenewExpired(now));
  ASSIGN_OR_RETURN(std::vector<Pool> pools, store_->Pools());
  for (const auto& pool : pools) {
    const auto& spec = judge_.policy().PoolNamed(pool.name);
    ASSIGN_OR_RETURN([[maybe_unused]] std::int64_t moved,
                     store_->Sweep(pool.id, now - spec.stale_after, now - spec.retire_after, now));
    memory_.dirty_pools.insert(pool.id);
  }
  RETURN_IF_ERROR(ForgetHistory(now));
  RETURN_IF_ERROR(JudgeDirtyPools());
  return RecordDay(now);
}

}  // namespace vdiwatch::collector
