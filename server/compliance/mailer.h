#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "collector/store/report_reader.h"
#include "collector/store/report_store.h"
#include "policy/policy_set.h"
#include "server/alert/mail.h"

namespace vdiwatch::server::compliance {

// What the mailer works with; the references outlive it. Functions may be called from any thread.
struct MailerParts {
  collector::ReportReader& past;
  collector::ReportStore& store;
  std::function<std::shared_ptr<const policy::PolicySet>()> policy;  // in force
  // The mail server behind a sink of alerts.yaml; not_found: there is no such smtp sink.
  std::function<Result<alert::MailSettings>(const std::string& sink)> settings;
  std::function<std::vector<std::string>()> sinks;  // names of those that are mail servers
  Seconds keep_history{0};
  const Clock& clock;
  Log& log;
};

// Sends the scheduled reports: one for each due time, as of that time. What was missed while no
// daemon ran is sent once, for the last due time. An attempt that a crash cut off is repeated under
// the same Message-ID. Several daemons may work on one store.
class Mailer {
 public:
  explicit Mailer(MailerParts parts) : parts_(std::move(parts)) {}
  ~Mailer();  // waits for a mail that is being sent
  Mailer(const Mailer&) = delete;

  void Start();  // a thread that calls Turn every 20 s, and when it is woken
  void Wake();

  // Takes what is due, and sends what waits. One call at a time.
  Result<void> Turn();

  std::vector<std::string> sinks() const { return parts_.sinks(); }

 private:
  Result<void> TakeDue();
  Result<void> SendOne(const collector::ReportDelivery& delivery);
  Result<alert::MailReceipt> Send(const collector::ReportSchedule& schedule,
                                  const collector::ReportDelivery& delivery);
  void Loop();

  const MailerParts parts_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // under mutex_
  bool woken_ = false;     // likewise
  std::string reported_;
  std::thread thread_;
};

// The subject and text of a report's mail. Pure.
struct Report;
alert::Mail MailOf(const collector::ReportSchedule& schedule,
                   const collector::ReportDelivery& delivery, const Report& report);

}  // namespace vdiwatch::server::compliance
