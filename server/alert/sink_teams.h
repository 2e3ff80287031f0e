#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "server/alert/http_receiver.h"
#include "server/alert/sink.h"
#include "server/alert/sink_reading.h"

namespace vdiwatch::server::alert {

// A Teams channel by way of a workflow ("When a Teams webhook request is received") that posts the
// Adaptive Card it is sent (https://learn.microsoft.com/microsoftteams/platform/
// webhooks-and-connectors/how-to/connectors-using, https://adaptivecards.io/explorer/). Tested
// against the schema and Microsoft's own reader of cards; unproven against the service itself.
class TeamsSink : public Sink {
 public:
  TeamsSink(HttpUrl url, HttpWay way, const Clock& clock)
      : url_(std::move(url)), way_(std::move(way)), clock_(clock) {}

  Answer Send(const Message& message) override;

 private:
  const HttpUrl url_;
  const HttpWay way_;
  const Clock& clock_;
};

// Pure.
std::string TeamsBody(const Message& message);

std::unique_ptr<Sink> ReadTeamsSink(const Yaml& node, SinkReading& reading);

}  // namespace vdiwatch::server::alert
