#include "server/alert/desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/digest.h"
#include "base/text.h"
#include "collector/store/rows.h"

namespace vdiwatch::server::alert {
namespace {

using collector::Delivery;

constexpr auto kLook = std::chrono::milliseconds(500);
constexpr std::int64_t kMostNotices = 500;
constexpr std::int64_t kMostOpen = 10'000;
constexpr Seconds kTidyEvery{60 * 60};

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

bool Holds(const std::vector<collector::Notice>& outbox, std::int64_t notice) {
  return std::ranges::find(outbox, notice, &collector::Notice::id) != outbox.end();
}

// Two daemons that catch up at once make the same messages, and so one.
std::int64_t IdOf(const Delivery& delivery) {
  std::string text = delivery.sink;
  for (const std::int64_t notice : delivery.notices) text += fmt::format(" {}", notice);
  const std::string digest = Sha256(text);
  std::uint64_t id = 0;
  for (int i = 0; i < 8; ++i) id = id << 8 | static_cast<unsigned char>(digest[i]);
  return static_cast<std::int64_t>(id >> 1) | 1;
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

  // What is known of a sink that keeps its name and kind outlives a change of the configuration.
  void Inherit(const Shift& former) {
    for (const auto& sender : senders) {
      for (const auto& known : former.senders) {
        const bool same =
            known->spec().name == sender->spec().name && known->spec().kind == sender->spec().kind;
        if (same) sender->Inherit(known->state());
      }
    }
  }

  const AlertConfig config;
  std::vector<std::unique_ptr<Sender>> senders;
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;   // under mutex
  bool caught_up = false;  // under routing_
  bool adopted = true;
};

Desk::Desk(DeskParts parts)
    : parts_(std::move(parts)), shift_(std::make_shared<Shift>(AlertConfig())) {
  shift_->adopted = false;
}

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
  const SenderParts parts{parts_.store,  parts_.news,
                          parts_.jitter, [this] { return routed_.load(); },
                          parts_.clock,  parts_.log};
  for (const SinkSpec& sink : next->config.sinks) {
    next->senders.push_back(std::make_unique<Sender>(sink, next->config, parts));
  }
  std::shared_ptr<Shift> former;
  {
    const std::lock_guard lock(mutex_);
    next->Inherit(*shift_);
    former = std::exchange(shift_, next);
    if (started_) RunSenders(*next);
  }
  former->Stop();
  if (former->adopted) EnableSinks(*next);
}

// Whoever changes the configuration may have mended a sink; a restart alone mends none.
void Desk::EnableSinks(const Shift& shift) {
  for (const SinkSpec& sink : shift.config.sinks) {
    const auto enabled = parts_.store.EnableSink(sink.name, parts_.clock.Now());
    if (!enabled) parts_.log.Error("sink {}: {}", sink.name, enabled.error().message);
  }
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
  if (!shift->adopted) return {};
  auto ready = CatchUp(*shift);
  if (ready) ready = Tidy(shift->config);
  Result<bool> more = ready ? Result<bool>(true) : Result<bool>(ready.error());
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
  for (const auto& notice : outbox) {
    notices.push_back({notice.id, LineOf(notice, config.dashboard)});
  }
  ASSIGN_OR_RETURN(const auto held, Held(parts_.store, config.dashboard, now));
  ASSIGN_OR_RETURN(const auto silences, parts_.store.SilencesUntil(now));
  const Routed routed =
      RouteNotices(config, notices, held, SilencesAt(silences, now), parts_.news(), now, &RandomId);
  const auto done = parts_.store.Route(routed.notices, routed.made, routed.extended);
  // Another daemon was quicker: what is left is looked at anew.
  if (!done && done.error().kind == ErrorKind::kConflict) return false;
  if (!done) return done.error();
  return outbox.size() == static_cast<std::size_t>(kMostNotices);
}

// Whatever is open and not in the outbox was routed before; if that was to one of these sinks, the
// log, which is read last, knows the sink.
Result<void> Desk::CatchUp(Shift& shift) {
  if (shift.caught_up) return {};
  collector::AlertFilter open;
  open.limit = kMostOpen;
  ASSIGN_OR_RETURN(const auto alerts, parts_.store.Alerts(open));
  ASSIGN_OR_RETURN(const auto outbox, parts_.store.Outbox(kMostOpen));
  ASSIGN_OR_RETURN(const auto records, parts_.store.SinkRecords());
  const auto& config = shift.config;
  std::vector<OutboxNotice> notices;
  for (const collector::Alert& alert : alerts) {
    ASSIGN_OR_RETURN(const auto told, parts_.store.NoticesOf(alert.id));
    if (told.empty() || Holds(outbox, told[0].id)) continue;
    notices.push_back({told[0].id, LineOf(told[0], config.dashboard)});
  }
  const Time now = parts_.clock.Now();
  ASSIGN_OR_RETURN(const auto silences, parts_.store.SilencesUntil(now));
  Routed routed =
      RouteNotices(config, notices, {}, SilencesAt(silences, now), parts_.news(), now, &RandomId);
  std::erase_if(routed.made, [&](const Delivery& made) {
    return std::ranges::find(records, made.sink, &collector::SinkRecord::sink) != records.end();
  });
  for (Delivery& made : routed.made) made.id = IdOf(made);
  const auto done = routed.made.empty() ? Result<void>() : parts_.store.Route({}, routed.made);
  if (!done && done.error().kind != ErrorKind::kConflict) return done;
  shift.caught_up = true;
  return {};
}

// What waits for a sink that is not configured any more is nobody's.
Result<void> Desk::Tidy(const AlertConfig& config) {
  const Time now = parts_.clock.Now();
  if (now < tidied_at_ + kTidyEvery) return {};
  collector::DeliveryFilter waiting{.state = Delivery::State::kWaiting};
  waiting.limit = kMostOpen;
  ASSIGN_OR_RETURN(auto deliveries, parts_.store.Deliveries(waiting));
  for (Delivery& delivery : deliveries) {
    const bool young = now - delivery.created_at < config.give_up_after;
    if (young ||
        std::ranges::find(config.sinks, delivery.sink, &SinkSpec::name) != config.sinks.end()) {
      continue;
    }
    delivery.state = Delivery::State::kDropped;
    delivery.why = "its sink is not configured any more";
    RETURN_IF_ERROR(parts_.store.Save(delivery));
  }
  tidied_at_ = now;
  return {};
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
  const auto& success = status.record.last_success;
  const auto& failure = status.record.last_failure;
  const Time good = std::max(success ? success->at : Time(), state.last_good);
  status.last_good = good;
  const bool failing = failure && failure->at > good;
  const bool test_failed = state.failed_test && state.failed_test->at >= good;
  const bool silent = status.heartbeat && !status.heartbeat->delivered;
  if (!status.record.disabled.empty()) {
    status.state = "disabled";
    status.why = status.record.disabled;
  } else if (failing || test_failed || silent) {
    status.state = "failing";
    status.why = failing       ? failure->answer
                 : test_failed ? "test: " + state.failed_test->answer
                               : "heartbeat: " + status.heartbeat->answer;
  } else {
    status.state = good != Time() ? "working" : "untried";
  }
  if (test_failed && (!failure || failure->at <= state.failed_test->at)) {
    const Tried& test = *state.failed_test;
    status.record.last_failure = {0, test.at, test.took_ms, false, "test: " + test.answer};
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
  const bool disabled = delivery.why.starts_with(collector::DisabledBy(""));
  if (delivery.state == Delivery::State::kWaiting && !disabled) {
    return Conflict("It waits to be sent already.");
  }
  const auto shift = Now();
  if (std::ranges::find(shift->config.sinks, delivery.sink, &SinkSpec::name) ==
      shift->config.sinks.end()) {
    return Conflict(
        fmt::format("Its sink '{}' is not configured any more.", Printable(delivery.sink, 100)));
  }
  delivery.state = Delivery::State::kWaiting;
  delivery.attempts = 0;
  delivery.next_at = parts_.clock.Now();
  delivery.why = "replayed";
  RETURN_IF_ERROR(parts_.store.Save(delivery));
  RETURN_IF_ERROR(parts_.store.EnableSink(delivery.sink, parts_.clock.Now()));
  return delivery;
}

}  // namespace vdiwatch::server::alert
