#include "server/alert_source.h"

#include "base/file.h"
#include "server/alert/known_names.h"

namespace vdiwatch::server {

collector::AlertTimings FirstAlertTimings(const Config& config, const Clock& clock) {
  if (config.alerts_file.empty()) return alert::UsualTimings();
  const auto text = ReadFile(config.alerts_file, alert::kMaxAlertConfigBytes);
  if (!text) return alert::UsualTimings();
  const auto read = alert::ParseAlertConfig(*text, config.alerts_file, clock);
  return read ? read->timings : alert::UsualTimings();
}

AlertSource::AlertSource(const Config& config, alert::Desk& desk, collector::Collector& collector,
                         const Clock& clock, Log& log)
    : config_(config), desk_(desk), collector_(collector), clock_(clock), log_(log) {
  file_.path = config.alerts_file.string();
  if (file_.path.empty()) desk.Adopt(alert::AlertConfig());  // nobody is to be told
  Refresh(true);
}

void AlertSource::Refresh(bool asked) {
  if (config_.alerts_file.empty()) return;
  const std::lock_guard lock(refreshing_);
  const auto text = ReadFile(config_.alerts_file, alert::kMaxAlertConfigBytes);
  if (text && *text == seen_ && !asked && file_.problem.empty()) return;
  seen_ = text ? *text : "";
  const auto done = text ? PutInForce(*text) : Result<void>(text.error());
  const std::string problem = done ? "" : done.error().message;
  if (!problem.empty() && problem != file_.problem) {
    log_.Error("the last good alerts_file stays in force: {}", problem);
  }
  file_.problem = problem;
  desk_.SetFile(file_);
}

Result<void> AlertSource::PutInForce(const std::string& text) {
  ASSIGN_OR_RETURN(auto read, alert::ParseAlertConfig(text, config_.alerts_file, clock_));
  RETURN_IF_ERROR(collector_.SetAlertTimings(read.timings));
  const auto set = collector_.policy();
  for (const std::string& line : alert::UnknownNames(read, alert::NamesUnder(*set))) {
    log_.Warning("{}", line);
  }
  const std::size_t sinks = read.sinks.size();
  desk_.Adopt(std::move(read));
  log_.Info("alerts go to {} sinks, as {} says", sinks, config_.alerts_file.string());
  file_.loaded_at = clock_.Now();
  return {};
}

}  // namespace vdiwatch::server
