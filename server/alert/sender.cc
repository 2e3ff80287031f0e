#include "server/alert/sender.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/digest.h"
#include "base/text.h"
#include "collector/store/rows.h"
#include "server/duration.h"

namespace vdiwatch::server::alert {
namespace {

using collector::Delivery;
using policy::NoticeKind;
using Outcome = Answer::Outcome;

// Longer than a sink takes (sink.h): whoever died with a message in hand delays it for that long.
constexpr Seconds kClaim{60};
constexpr std::int64_t kMostPerTurn = 50;
constexpr Seconds kLongestPause{5 * 60};
// A disabled sink's messages wait for whoever enables it, which does not wait for this.
constexpr Seconds kDisabledLook{24 * 60 * 60};
constexpr std::size_t kMostAnswerBytes = 500;

collector::RateLimit LimitOf(const RateSpec& rate) {
  const auto per = std::chrono::milliseconds(rate.per);
  return {.burst = rate.messages,
          .one_every = std::max(std::chrono::milliseconds(1), per / rate.messages),
          .max_keys = 1};
}

std::vector<std::int64_t> AlertIds(const std::vector<AlertLine>& lines) {
  std::vector<std::int64_t> ids;
  for (const AlertLine& line : lines) {
    if (const auto id = collector::ParseIdText(line.id)) ids.push_back(*id);
  }
  return ids;
}

void Drop(Delivery& delivery, std::string why) {
  delivery.state = Delivery::State::kDropped;
  delivery.why = std::move(why);
}

}  // namespace

Sender::Sender(const SinkSpec& spec, const AlertConfig& config, SenderParts parts)
    : spec_(spec), config_(config), parts_(std::move(parts)), started_(parts_.clock.Now()) {
  if (spec.rate) limiter_.emplace(LimitOf(*spec.rate), parts_.clock);
}

void Sender::Inherit(SenderState former) {
  if (!TakesBeats()) former.heartbeat.reset();
  const std::lock_guard lock(mutex_);
  state_ = std::move(former);
}

void Sender::Turn() {
  Result<void> done = SendDue();
  if (done) done = Refresh();
  const std::string problem = done ? "" : done.error().message;
  if (!problem.empty() && problem != reported_) {
    parts_.log.Error("sink {}: {}", spec_.name, problem);
  }
  reported_ = problem;
  if (done) Beat();
}

Result<void> Sender::SendDue() {
  const Time now = parts_.clock.Now();
  if (now < pause_until_) return {};
  ASSIGN_OR_RETURN(auto due, parts_.store.DueDeliveries(spec_.name, now, kMostPerTurn));
  if (due.empty()) return {};
  ASSIGN_OR_RETURN(const bool disabled, IsDisabled());
  if (disabled) return parts_.store.HoldForDisabled(spec_.name, now, now + kDisabledLook);
  for (Delivery& delivery : due) {
    const Time until = parts_.clock.Now() + kClaim;
    ASSIGN_OR_RETURN(const bool ours, parts_.store.Claim(delivery, until));
    if (!ours) continue;
    delivery.next_at = until;
    ASSIGN_OR_RETURN(const bool more, SendOne(std::move(delivery)));
    if (!more) break;
  }
  return {};
}

Result<bool> Sender::IsDisabled() {
  ASSIGN_OR_RETURN(const auto why, parts_.store.WhyDisabled(spec_.name));
  return why.has_value();
}

Result<bool> Sender::SendOne(Delivery delivery) {
  ASSIGN_OR_RETURN(auto message, MessageOf(delivery));
  if (!message) {
    RETURN_IF_ERROR(parts_.store.Save(delivery));
    return true;
  }
  if (const Seconds wait = limiter_ ? limiter_->Take("") : Seconds(0); wait > Seconds(0)) {
    pause_until_ = delivery.next_at = parts_.clock.Now() + wait;
    delivery.why = fmt::format("no more than {} messages in {}", spec_.rate->messages,
                               FormatDuration(spec_.rate->per));
    RETURN_IF_ERROR(parts_.store.Save(delivery));
    return false;
  }
  Answer answer;
  const Tried tried = Try([&] { return spec_.sink->Send(*message); }, answer);
  RETURN_IF_ERROR(Conclude(std::move(delivery), answer, tried));
  return answer.outcome == Outcome::kDelivered || answer.outcome == Outcome::kRejected;
}

// What to send now; nothing: the delivery says why not.
Result<std::optional<Message>> Sender::MessageOf(Delivery& delivery) {
  using Maybe = std::optional<Message>;
  ASSIGN_OR_RETURN(auto notices, parts_.store.Notices(delivery.notices));
  RETURN_IF_ERROR(LeaveOutOver(delivery, notices));
  if (delivery.state == Delivery::State::kDropped) return Maybe();
  Message message;
  message.id = collector::IdText(delivery.id);
  message.at = parts_.clock.Now();
  for (const collector::Notice& notice : notices) {
    message.alerts.push_back(LineOf(notice, config_.dashboard));
  }
  if (message.alerts.empty()) {
    Drop(delivery, "nothing is left to tell");
    return Maybe();
  }
  if (message.alerts[0].kind == NoticeKind::kResolved) {
    RETURN_IF_ERROR(KeepTold(message.alerts));
    if (message.alerts.empty()) {
      Drop(delivery, "this sink was never told of its beginning");
      return Maybe();
    }
  } else {
    ASSIGN_OR_RETURN(const bool held, IsHeld(delivery, message.alerts));
    if (held) return Maybe();
  }
  message.common = SharedBy(message.alerts, parts_.news());
  return Maybe(std::move(message));
}

// What was held back for a silence, quiet hours or a disabled sink and is over by now was never
// told, and nobody is reminded of what is over.
Result<void> Sender::LeaveOutOver(Delivery& delivery, std::vector<collector::Notice>& notices) {
  const bool as_it_was = delivery.why == "replayed";
  if (as_it_was || notices.empty() || notices[0].kind == NoticeKind::kResolved) return {};
  const bool held = delivery.why.starts_with("silenced by ") || delivery.why.starts_with(kQuiet) ||
                    delivery.why == collector::kHeldWhileDisabled;
  if (!held && notices[0].kind == NoticeKind::kOpened) return {};
  std::vector<collector::Notice> left;
  for (const collector::Notice& notice : notices) {
    ASSIGN_OR_RETURN(const auto alert, parts_.store.FindAlert(notice.alert_id));
    if (!alert.resolved_at) left.push_back(notice);
  }
  if (left.empty()) {
    Drop(delivery,
         delivery.why.empty() ? "over before it was told" : delivery.why + "; over before its end");
    return {};
  }
  // What was sent once keeps its content under its id.
  if (left.size() == notices.size() || delivery.attempts > 0) return {};
  notices = std::move(left);
  delivery.notices.clear();
  for (const collector::Notice& notice : notices) delivery.notices.push_back(notice.id);
  return parts_.store.Route({}, {}, {&delivery, 1});
}

// Those whose beginning reached this sink.
Result<void> Sender::KeepTold(std::vector<AlertLine>& lines) {
  ASSIGN_OR_RETURN(const auto told, parts_.store.ToldTo(spec_.name, AlertIds(lines)));
  std::erase_if(lines, [&](const AlertLine& line) {
    return std::ranges::find(told, collector::ParseIdText(line.id)) == told.end();
  });
  return {};
}

// Whether silences keep all of it back.
Result<bool> Sender::IsHeld(Delivery& delivery, const std::vector<AlertLine>& lines) {
  const Time now = parts_.clock.Now();
  ASSIGN_OR_RETURN(const auto stored, parts_.store.SilencesUntil(now));
  const auto silences = SilencesAt(stored, now);
  const ActiveSilence* first = nullptr;
  for (const AlertLine& line : lines) {
    const ActiveSilence* silence = FindSilence(silences, line);
    if (silence == nullptr) return false;
    if (!first || silence->silence.ends_at < first->silence.ends_at) first = silence;
  }
  delivery.next_at = first->silence.ends_at;
  delivery.why = SilencedText(first->silence);
  return true;
}

Result<void> Sender::Conclude(Delivery delivery, const Answer& answer, const Tried& tried) {
  ++delivery.attempts;
  delivery.why.clear();
  failures_ = answer.outcome == Outcome::kRetry ? failures_ + 1 : 0;
  switch (answer.outcome) {
    case Outcome::kDelivered:
      delivery.state = Delivery::State::kSent;
      break;
    case Outcome::kRetry:
      RETURN_IF_ERROR(GiveUpOrRetry(delivery, answer));
      break;
    case Outcome::kRejected:
      delivery.state = Delivery::State::kFailed;
      delivery.why = "refused: " + tried.answer;
      break;
    case Outcome::kGone:  // it begins anew once the sink is enabled
      delivery.attempts = 0;
      delivery.next_at = parts_.clock.Now() + kDisabledLook;
      delivery.why = collector::DisabledBy(tried.answer);
      parts_.log.Error("sink {} is disabled: {}", spec_.name, tried.answer);
      break;
  }
  if (delivery.state == Delivery::State::kFailed) {
    parts_.log.Error("sink {}: message {} failed: {}", spec_.name, collector::IdText(delivery.id),
                     delivery.why);
  }
  return parts_.store.Record(delivery,
                             {delivery.id, tried.at, tried.took_ms, tried.delivered, tried.answer});
}

Result<void> Sender::GiveUpOrRetry(Delivery& delivery, const Answer& answer) {
  const Time now = parts_.clock.Now();
  ASSIGN_OR_RETURN(const auto log, parts_.store.AttemptsOf(delivery.id));
  // Attempts begin anew with a replay.
  const auto before = static_cast<std::size_t>(delivery.attempts - 1);
  const Time first = before > 0 && before <= log.size() ? log[log.size() - before].at : now;
  if (now - first >= config_.give_up_after) {
    delivery.state = Delivery::State::kFailed;
    delivery.why = fmt::format("given up after {}: {}", FormatDuration(config_.give_up_after),
                               Printable(answer.text, kMostAnswerBytes));
    return {};
  }
  const double jitter = parts_.jitter();
  delivery.next_at = now + BackOff(delivery.attempts, answer.retry_after, jitter);
  delivery.why = Printable(answer.text, kMostAnswerBytes);
  // The receiver itself is in trouble: what else waits for it is not thrown at it at once.
  pause_until_ = now + std::max(answer.retry_after,
                                std::min(kLongestPause, BackOff(failures_, Seconds(0), jitter)));
  return {};
}

Result<void> Sender::Refresh() {
  const Seconds every = spec_.sink->refresh_every();
  const Time now = parts_.clock.Now();
  if (every <= Seconds(0) || now < refreshed_at_ + every) return {};
  ASSIGN_OR_RETURN(const bool disabled, IsDisabled());
  if (disabled) return {};
  refreshed_at_ = now;
  ASSIGN_OR_RETURN(const auto alerts, parts_.store.AlertsToldTo(spec_.name));
  std::vector<AlertLine> open;
  for (const collector::Alert& alert : alerts) open.push_back(LineOf(alert, config_.dashboard));
  const bool beat = TakesBeats() && parts_.healthy();
  if (beat) open.push_back(HeartbeatLine());
  if (open.empty()) return {};
  Answer answer;
  Tried tried = Try([&] { return spec_.sink->Refresh(open, now); }, answer);
  if (!tried.delivered) {
    parts_.log.Warning("sink {}: what is open was not told again: {}", spec_.name, tried.answer);
  }
  if (!beat) return {};
  const std::lock_guard lock(mutex_);
  state_.heartbeat = std::move(tried);
  return {};
}

// To sinks that remember; the others have it among what is refreshed.
void Sender::Beat() {
  const Time now = parts_.clock.Now();
  if (!TakesBeats() || spec_.sink->refresh_every() > Seconds(0)) return;
  if (now < beat_at_ + config_.heartbeat->every || !parts_.healthy()) return;
  if (const auto disabled = IsDisabled(); !disabled || *disabled) return;
  beat_at_ = now;
  Message message;
  message.id = collector::IdText(RandomId());
  message.alerts = {HeartbeatLine()};
  message.at = now;
  Answer answer;
  Tried tried = Try([&] { return spec_.sink->Send(message); }, answer);
  if (!tried.delivered) {
    parts_.log.Warning("sink {}: heartbeat not delivered: {}", spec_.name, tried.answer);
  }
  const std::lock_guard lock(mutex_);
  state_.heartbeat = std::move(tried);
}

Tried Sender::Try(const std::function<Answer()>& send, Answer& answer) {
  Tried tried;
  tried.at = parts_.clock.Now();
  const auto begin = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(sending_);
    answer = send();
  }
  const auto took = std::chrono::steady_clock::now() - begin;
  tried.took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  tried.delivered = answer.outcome == Outcome::kDelivered;
  tried.answer = Printable(answer.text, kMostAnswerBytes);
  if (tried.delivered) {
    const std::lock_guard lock(mutex_);
    state_.last_good = tried.at;
    state_.failed_test.reset();
  }
  return tried;
}

Tried Sender::Test() {
  const Time now = parts_.clock.Now();
  AlertLine line;
  line.id = collector::IdText(RandomId());
  line.name = "VdiwatchTest";
  line.cause = "test";
  line.severity = "info";
  line.text = "This is a test of vdiwatch's alerts. Nothing is wrong.";
  line.url = config_.dashboard.empty() ? "" : config_.dashboard + "/alerts";
  line.since = line.opened_at = line.at = now;
  Message message;
  message.id = line.id;
  message.alerts = {line};
  message.test = true;
  message.at = now;
  Answer answer;
  Tried tried = Try([&] { return spec_.sink->Send(message); }, answer);
  if (tried.delivered) {
    if (const auto enabled = parts_.store.EnableSink(spec_.name, parts_.clock.Now()); !enabled) {
      parts_.log.Error("sink {}: {}", spec_.name, enabled.error().message);
    }
  }
  const std::lock_guard lock(mutex_);
  if (!tried.delivered) state_.failed_test = tried;
  return tried;
}

SenderState Sender::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

bool Sender::TakesBeats() const {
  return config_.heartbeat &&
         std::ranges::find(config_.heartbeat->sinks, spec_.name) != config_.heartbeat->sinks.end();
}

std::optional<Seconds> Sender::beats_every() const {
  if (!TakesBeats()) return std::nullopt;
  const Seconds refresh = spec_.sink->refresh_every();
  return refresh > Seconds(0) ? refresh : config_.heartbeat->every;
}

AlertLine Sender::HeartbeatLine() const {
  AlertLine line;
  line.id = "0000000000000001";  // one alert, whoever beats
  line.name = "VdiwatchHeartbeat";
  line.cause = "heartbeat";
  line.severity = "info";
  line.text = "vdiwatch works and sends alerts. Where this stops, it does not.";
  line.url = config_.dashboard;
  line.since = line.opened_at = started_;
  line.at = parts_.clock.Now();
  return line;
}

}  // namespace vdiwatch::server::alert
