#include "server/report_mailer.h"

#include <fmt/format.h>

#include "base/text.h"
#include "server/alert/desk.h"
#include "server/alert/sink_smtp.h"

namespace vdiwatch::server {
namespace {

Result<alert::MailSettings> FindServer(const alert::Desk& desk, const std::string& name) {
  const auto config = desk.config();
  for (const alert::SinkSpec& sink : config->sinks) {
    const alert::MailSettings* settings = alert::MailSettingsOf(*sink.sink);
    if (sink.name == name && settings != nullptr) return *settings;
  }
  return NotFound(fmt::format("there is no smtp sink '{}' in alerts.yaml", Printable(name, 80)));
}

std::vector<std::string> ServersOf(const alert::Desk& desk) {
  const auto config = desk.config();
  std::vector<std::string> names;
  for (const alert::SinkSpec& sink : config->sinks) {
    if (alert::MailSettingsOf(*sink.sink) != nullptr) names.push_back(sink.name);
  }
  return names;
}

}  // namespace

std::unique_ptr<compliance::Mailer> StartReportMailer(const collector::Database& database,
                                                      const alert::Desk& desk,
                                                      std::function<PolicyStatus()> policy,
                                                      Seconds keep_history, const Clock& clock,
                                                      Log& log) {
  auto mailer = std::make_unique<compliance::Mailer>(compliance::MailerParts{
      .past = *database.past,
      .store = *database.reports,
      .policy = [policy = std::move(policy)] { return policy().set; },
      .settings = [&desk](const std::string& sink) { return FindServer(desk, sink); },
      .sinks = [&desk] { return ServersOf(desk); },
      .keep_history = keep_history,
      .clock = clock,
      .log = log});
  mailer->Start();
  return mailer;
}

}  // namespace vdiwatch::server
