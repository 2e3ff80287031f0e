#pragma once

#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "collector/collector.h"
#include "server/alert/desk.h"
#include "server/config.h"

namespace vdiwatch::server {

// The timings that the file has, or the usual ones: for the collector's very first look.
collector::AlertTimings FirstAlertTimings(const Config& config, const Clock& clock);

// Keeps the desk's configuration and the collector's timings those of `alerts_file`: a newer one is
// put in force if it is good; else the last good one stays, and the desk's file() says why. Any
// thread may call.
class AlertSource {
 public:
  // Looks at the file at once; if it is bad, alerts wait in the outbox. The references must outlive
  // it.
  AlertSource(const Config& config, alert::Desk& desk, collector::Collector& collector,
              const Clock& clock, Log& log);

  // A file that has not changed is read anew if that is `asked` for, or it was bad: the files of
  // secrets may be others.
  void Refresh(bool asked);

 private:
  Result<void> PutInForce(const std::string& text);

  const Config& config_;
  alert::Desk& desk_;
  collector::Collector& collector_;
  const Clock& clock_;
  Log& log_;
  std::mutex refreshing_;
  std::string seen_;        // the text looked at last; under refreshing_
  alert::ConfigFile file_;  // likewise
};

}  // namespace vdiwatch::server
