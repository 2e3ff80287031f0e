#include "server/alert/desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/digest.h"
#include "base/text.h"
#include "collector/store/rows.h"

namespace vdiwatch::server::alert {
namespace {

using collector::Delivery;

constexpr auto kLook = std::chrono::milliseconds(500);
constexpr std::int64_t kMostNotices = 500;

// The held messages with what they say.
Result<std::vector<HeldMessage>> Held(collector::AlertStore& store, const std::string& dashboard,
                                      Time now) {
  ASSIGN_OR_RETURN(auto deliveries, store.HeldDeliveries(now));
  std::vector<HeldMessage> held;
  for (Delivery& delivery : deliveries) {
    ASSIGN_OR_RETURN(const auto notices, store.Notices(delivery.notices));
    HeldMessage message{std::move(delivery), {}};
    for (const auto& notice : notices) message.lines.push_back(LineOf(notice, dashboard));
    held.push_back(std::move(message));
  }
  return held;
}

}  // namespace

// The sinks live as long as anybody uses them; the threads until Stop.
struct Desk::Shift {
  explicit Shift(AlertConfig used) : config(std::move(used)) {}
  ~Shift() { Stop(); }

  void Run(Sender& sender) {
    std::unique_lock lock(mutex);
    while (!stopping) {
      lock.unlock();
      sender.Turn();
      lock.lock();
      wake.wait_for(lock, kLook, [&] { return stopping; });
    }
  }
  void Stop() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    wake.notify_all();
    for (std::thread& thread : threads) thread.join();
    threads.clear();
  }

  const AlertConfig config;
  std::vector<std::unique_ptr<Sender>> senders;
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;  // under mutex
};

Desk::Desk(DeskParts parts) : parts_(std::move(parts)) { Adopt(AlertConfig()); }

Desk::~Desk() {
  {
    const std::lock_guard lock(waking_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (router_.joinable()) router_.join();
  Now()->Stop();
}

std::shared_ptr<Desk::Shift> Desk::Now() const {
  const std::lock_guard lock(mutex_);
  return shift_;
}

void Desk::Adopt(AlertConfig config) {
  const std::lock_guard adopting(adopting_);
  auto next = std::make_shared<Shift>(std::move(config));
  const SenderParts parts{parts_.store, parts_.news,  parts_.jitter, [this] { return routed_.load(); },
                          parts_.clock, parts_.log};
  for (const SinkSpec& sink : next->config.sinks) {
    next->senders.push_back(std::make_unique<Sender>(sink, next->config, parts));
  }
  std::shared_ptr<Shift> former;
  {
    const std::lock_guard lock(mutex_);
    former = std::exchange(shift_, next);
    if (started_) RunSenders(*next);
  }
  if (former) former->Stop();
}

void Desk::SetFile(ConfigFile file) {
  const std::lock_guard lock(mutex_);
  file_ = std::move(file);
}

ConfigFile Desk::file() const {
  const std::lock_guard lock(mutex_);
  return file_;
}

void Desk::RunSenders(Shift& shift) {
  for (const auto& sender : shift.senders) {
    shift.threads.emplace_back([&shift, &one = *sender] { shift.Run(one); });
  }
}

void Desk::Start() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(started_, true)) return;
    RunSenders(*shift_);
  }
  router_ = std::thread([this] { RouteLoop(); });
}

void Desk::RouteLoop() {
  std::unique_lock lock(waking_);
  while (!stopping_) {
    lock.unlock();
    static_cast<void>(Route());  // which logs what went wrong
    lock.lock();
    wake_.wait_for(lock, kLook, [&] { return stopping_; });
  }
}

Result<void> Desk::Route() {
  const std::lock_guard lock(routing_);
  const auto shift = Now();
  Result<bool> more = true;
  while (more && *more) more = RouteSome(shift->config);
  routed_ = more.has_value();
  const std::string problem = more ? "" : more.error().message;
  if (!problem.empty() && problem != reported_) parts_.log.Error("alerts: {}", problem);
  reported_ = problem;
  if (!more) return more.error();
  return {};
}

Result<bool> Desk::RouteSome(const AlertConfig& config) {
  ASSIGN_OR_RETURN(const auto outbox, parts_.store.Outbox(kMostNotices));
  if (outbox.empty()) return false;
  const Time now = parts_.clock.Now();
  std::vector<OutboxNotice> notices;
  for (const auto& notice : outbox) notices.push_back({notice.id, LineOf(notice, config.dashboard)});
  ASSIGN_OR_RETURN(const auto held, Held(parts_.store, config.dashboard, now));
  ASSIGN_OR_RETURN(const auto silences, parts_.store.SilencesUntil(now));
  const Routed routed = RouteNotices(config, notices, held, SilencesAt(silences, now),
                                     parts_.news(), now, &RandomId);
  const auto done = parts_.store.Route(routed.notices, routed.made, routed.extended);
  // Another daemon was quicker: what is left is looked at anew.
  if (!done && done.error().kind == ErrorKind::kConflict) return false;
  if (!done) return done.error();
  return outbox.size() == static_cast<std::size_t>(kMostNotices);
}

Result<void> Desk::Turn() {
  RETURN_IF_ERROR(Route());
  const auto shift = Now();
  for (const auto& sender : shift->senders) sender->Turn();
  return {};
}

std::shared_ptr<const AlertConfig> Desk::config() const {
  auto shift = Now();
  return {shift, &shift->config};
}

SinkStatus Desk::StatusOf(const Sender& sender,
                          const std::vector<collector::SinkRecord>& records) const {
  SinkStatus status;
  status.name = sender.spec().name;
  status.kind = sender.spec().kind;
  status.rate = sender.spec().rate;
  status.beats_every = sender.beats_every();
  SenderState state = sender.state();
  status.heartbeat = std::move(state.heartbeat);
  const auto found = std::ranges::find(records, status.name, &collector::SinkRecord::sink);
  if (found != records.end()) status.record = *found;
  const auto& [success, failure] = std::pair(status.record.last_success, status.record.last_failure);
  const bool failing = failure && (!success || failure->at > success->at);
  if (!state.disabled.empty()) {
    status.state = "disabled";
    status.why = std::move(state.disabled);
  } else if (failing) {
    status.state = "failing";
    status.why = failure->answer;
  } else {
    status.state = success ? "working" : "untried";
  }
  return status;
}

Result<std::vector<SinkStatus>> Desk::Sinks() const {
  ASSIGN_OR_RETURN(const auto records, parts_.store.SinkRecords());
  const auto shift = Now();
  std::vector<SinkStatus> sinks;
  for (const auto& sender : shift->senders) sinks.push_back(StatusOf(*sender, records));
  return sinks;
}

Result<Tried> Desk::Test(const std::string& sink) {
  const auto shift = Now();
  for (const auto& sender : shift->senders) {
    if (sender->spec().name == sink) return sender->Test();
  }
  return NotFound(fmt::format("There is no sink named '{}'.", Printable(sink, 100)));
}

Result<Delivery> Desk::Replay(std::int64_t delivery_id) {
  ASSIGN_OR_RETURN(Delivery delivery, parts_.store.FindDelivery(delivery_id));
  if (delivery.state == Delivery::State::kWaiting) {
    return Conflict("It waits to be sent already.");
  }
  const auto shift = Now();
  const auto sender = std::ranges::find(shift->senders, delivery.sink,
                                        [](const auto& one) { return one->spec().name; });
  if (sender == shift->senders.end()) {
    return Conflict(fmt::format("Its sink '{}' is not configured any more.",
                                Printable(delivery.sink, 100)));
  }
  delivery.state = Delivery::State::kWaiting;
  delivery.attempts = 0;
  delivery.next_at = parts_.clock.Now();
  delivery.why = "replayed";
  RETURN_IF_ERROR(parts_.store.Save(delivery));
  (*sender)->Enable();
  return delivery;
}

}  // namespace vdiwatch::server::alert
