#include "server/alert/sink_smtp.h"

#include <map>

#include "server/alert/mail_settings.h"
#include "server/alert/words.h"

namespace vdiwatch::server::alert {
namespace {

constexpr std::size_t kMostRemembered = 100;

Mail MailOf(const Message& message) {
  Mail mail;
  mail.id = message.id;
  mail.subject = Subject(message);
  mail.text = PlainText(message);
  mail.date = message.at;
  // A mail reader shows what one alert brings, from its opening to its end, as one conversation.
  const bool one = message.alerts.size() == 1 && !message.test;
  if (one) mail.thread = "alert" + message.alerts.front().id;
  return mail;
}

class SmtpSink : public Sink {
 public:
  explicit SmtpSink(MailSettings settings) : settings_(std::move(settings)) {}

  Answer Send(const Message& message) override {
    MailSettings settings = settings_;
    if (const auto missed = missed_.find(message.id); missed != missed_.end()) {
      settings.to = missed->second;
    }
    const auto sent = SendMail(settings, MailOf(message));
    if (!sent) return Refused(sent.error());
    missed_.erase(message.id);
    if (sent->later.empty()) return {Answer::Outcome::kDelivered, sent->text};
    if (missed_.size() >= kMostRemembered) missed_.erase(missed_.begin());
    missed_[message.id] = sent->later;
    return {Answer::Outcome::kRetry, sent->text};
  }

  const MailSettings& settings() const { return settings_; }

 private:
  // A wrong password or certificate is put right sooner or later, and then the mail can go.
  static Answer Refused(const Error& error) {
    const bool for_good = error.kind == ErrorKind::kInvalid;
    return {for_good ? Answer::Outcome::kRejected : Answer::Outcome::kRetry, error.message};
  }

  const MailSettings settings_;
  // By delivery: who has not got it yet, where others have. A restart forgets it, and they get it
  // again under the same Message-ID.
  std::map<std::string, std::vector<std::string>> missed_;
};

}  // namespace

const MailSettings* MailSettingsOf(const Sink& sink) {
  const auto* smtp = dynamic_cast<const SmtpSink*>(&sink);
  return smtp == nullptr ? nullptr : &smtp->settings();
}

std::unique_ptr<Sink> ReadSmtpSink(const Yaml& node, SinkReading& reading) {
  const std::size_t before = reading.diagnostics.size();
  YamlMap map = reading.Map(node, "smtp");
  MailSettings settings = ReadMailSettings(map, reading);
  map.Finish();
  if (reading.diagnostics.size() > before) return nullptr;
  return std::make_unique<SmtpSink>(std::move(settings));
}

}  // namespace vdiwatch::server::alert
