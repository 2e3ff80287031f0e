#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/log.h"
#include "collector/store/open.h"
#include "server/compliance/mailer.h"
#include "server/route.h"

namespace vdiwatch::server {

// The mailer of this daemon, started: its mail servers are the smtp sinks of alerts.yaml, as they
// are at each sending. The references must outlive it.
std::unique_ptr<compliance::Mailer> StartReportMailer(const collector::Database& database,
                                                      const alert::Desk& desk,
                                                      std::function<PolicyStatus()> policy,
                                                      Seconds keep_history, const Clock& clock,
                                                      Log& log);

}  // namespace vdiwatch::server
