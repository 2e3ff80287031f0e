#include "server/compliance/mailer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "server/compliance/due.h"
#include "server/compliance/make_report.h"
#include "server/compliance/render.h"

namespace vdiwatch::server::compliance {
namespace {

using collector::ReportDelivery;
using collector::ReportSchedule;

constexpr std::chrono::seconds kTurnEvery{20};
constexpr std::int64_t kAtOnce = 20;  // deliveries of one turn
// Longer than making a large report and sending it take.
constexpr Seconds kLease{15 * 60};
constexpr Seconds kGiveUpAfter{24 * 60 * 60};
constexpr std::array kWaits = {Seconds(60), Seconds(5 * 60), Seconds(15 * 60), Seconds(60 * 60)};

Seconds WaitAfter(std::int64_t attempts) {
  const auto last = static_cast<std::int64_t>(kWaits.size()) - 1;
  return kWaits[static_cast<std::size_t>(std::clamp<std::int64_t>(attempts - 1, 0, last))];
}

// How the delivery stands after this attempt.
ReportDelivery After(ReportDelivery delivery, const Result<alert::MailReceipt>& sent, Time now) {
  delivery.updated_at = now;
  delivery.answer = sent ? sent->text : sent.error().message;
  if (sent) {
    // Whoever is refused for now alone would get the others a second copy.
    for (const std::string& later : sent->later) delivery.answer += "; not taken for " + later;
    delivery.state = ReportDelivery::State::kSent;
    return delivery;
  }
  const bool for_good = sent.error().kind == ErrorKind::kInvalid;
  delivery.next_at = now + WaitAfter(delivery.attempts);
  if (for_good || delivery.next_at - delivery.due_at > kGiveUpAfter) {
    delivery.state = ReportDelivery::State::kFailed;
  }
  return delivery;
}

std::string PoolsText(const Report& report) {
  std::string text;
  std::int64_t others = 0;
  for (const PoolLine& pool : report.pools) {
    if (text.size() > 4000) {
      ++others;
      continue;
    }
    text += fmt::format("  {:<14} {}: {} of {} desktops report; {} noncompliant, {} unknown\n",
                        policy::ToString(pool.grade), pool.name, pool.standings.reporting(),
                        pool.standings.desktops(), pool.standings.Of(policy::Grade::kNoncompliant),
                        pool.standings.Of(policy::Grade::kUnknown));
  }
  if (others > 0) text += fmt::format("  … and {} more\n", others);
  return text;
}

}  // namespace

alert::Mail MailOf(const ReportSchedule& schedule, const ReportDelivery& delivery,
                   const Report& report) {
  alert::Mail mail;
  mail.id = fmt::format("report{}x{}", collector::IdText(schedule.id), ToUnix(delivery.due_at));
  mail.date = report.made_at;
  const auto failing = std::ranges::count(report.pools, policy::Grade::kNoncompliant,
                                          [](const PoolLine& pool) { return pool.grade; });
  mail.subject = fmt::format("{}: {} of {} pools noncompliant as of {}", TitleOf(report), failing,
                             report.pools.size(), FormatTime(report.as_of).substr(0, 10));
  mail.text = fmt::format("{} as of {}\n\n{}\nPolicy {}, in force since {}\n", TitleOf(report),
                          FormatTime(report.as_of), PoolsText(report), report.policy,
                          FormatTime(report.policy_since));
  for (const PackLine& pack : report.packs) {
    mail.text += fmt::format("Rules {} {} from {} as of {}\n", pack.name, pack.version,
                             pack.source.url, pack.source.as_of);
  }
  mail.text += fmt::format("\nThis is the scheduled report '{}' of vdiwatch.\n", schedule.name);
  return mail;
}

Mailer::~Mailer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Mailer::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void Mailer::Wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_all();
}

void Mailer::Loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    woken_ = false;
    lock.unlock();
    const auto done = Turn();
    const std::string problem = done ? "" : done.error().message;
    if (!problem.empty() && problem != reported_) {
      parts_.log.Error("scheduled reports: {}", problem);
    }
    reported_ = problem;
    lock.lock();
    wake_.wait_for(lock, kTurnEvery, [this] { return stopping_ || woken_; });
  }
}

Result<void> Mailer::Turn() {
  RETURN_IF_ERROR(TakeDue());
  ASSIGN_OR_RETURN(const auto waiting, parts_.store.DueDeliveries(parts_.clock.Now(), kAtOnce));
  for (const ReportDelivery& delivery : waiting) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return {};
    }
    RETURN_IF_ERROR(SendOne(delivery));
  }
  return {};
}

Result<void> Mailer::TakeDue() {
  const Time now = parts_.clock.Now();
  ASSIGN_OR_RETURN(const auto schedules, parts_.store.DueSchedules(now));
  for (const ReportSchedule& schedule : schedules) {
    const auto due = ParseDueText(schedule.when);
    if (!due) {
      parts_.log.Error("the report schedule '{}': {}", schedule.name, due.error().message);
      continue;
    }
    const Time last = LastDue(*due, schedule.next_due, now);
    RETURN_IF_ERROR(parts_.store.TakeDue(schedule, last, NextDue(*due, now)));
  }
  return {};
}

Result<void> Mailer::SendOne(const ReportDelivery& waiting) {
  const Time now = parts_.clock.Now();
  ASSIGN_OR_RETURN(const bool mine, parts_.store.BeginAttempt(waiting, now + kLease));
  if (!mine) return {};
  ReportDelivery delivery = waiting;
  ++delivery.attempts;
  ASSIGN_OR_RETURN(const auto schedule, parts_.store.FindSchedule(delivery.schedule_id));
  const auto sent = Send(schedule, delivery);
  return parts_.store.Record(After(std::move(delivery), sent, parts_.clock.Now()));
}

Result<alert::MailReceipt> Mailer::Send(const ReportSchedule& schedule,
                                        const ReportDelivery& delivery) {
  ASSIGN_OR_RETURN(alert::MailSettings settings, parts_.settings(schedule.sink));
  settings.to = schedule.recipients;
  Question question;
  ASSIGN_OR_RETURN(question.scope, ParseScope(schedule.scope));
  question.now = parts_.clock.Now();
  question.as_of = delivery.due_at;
  question.oldest = question.now - parts_.keep_history;
  question.limit = kMostExceptions;
  question.in_force = parts_.policy();
  ASSIGN_OR_RETURN(const Format format, ParseFormat(schedule.format));
  ASSIGN_OR_RETURN(const Report report, MakeReport(parts_.past, question));
  ASSIGN_OR_RETURN(auto documents, RenderAll(report, format));
  alert::Mail mail = MailOf(schedule, delivery, report);
  for (Document& document : documents) {
    mail.attachments.push_back(
        {std::move(document.file_name), std::move(document.type), std::move(document.bytes)});
  }
  return alert::SendMail(settings, mail);
}

}  // namespace vdiwatch::server::compliance
