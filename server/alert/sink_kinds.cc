#include "server/alert/sink_kinds.h"

#include <array>

#include "server/alert/sink_alertmanager.h"
#include "server/alert/sink_pagerduty.h"
#include "server/alert/sink_slack.h"
#include "server/alert/sink_smtp.h"
#include "server/alert/sink_syslog.h"
#include "server/alert/sink_teams.h"
#include "server/alert/sink_webhook.h"

namespace vdiwatch::server::alert {

std::span<const SinkKind> SinkKinds() {
  static constexpr std::array kKinds = {SinkKind{"alertmanager", &ReadAlertmanagerSink},
                                        SinkKind{"webhook", &ReadWebhookSink},
                                        SinkKind{"smtp", &ReadSmtpSink},
                                        SinkKind{"syslog", &ReadSyslogSink},
                                        SinkKind{"teams", &ReadTeamsSink},
                                        SinkKind{"slack", &ReadSlackSink},
                                        SinkKind{"pagerduty", &ReadPagerDutySink}};
  return kKinds;
}

}  // namespace vdiwatch::server::alert
