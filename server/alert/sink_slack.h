#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "server/alert/http_receiver.h"
#include "server/alert/sink.h"
#include "server/alert/sink_reading.h"

namespace vdiwatch::server::alert {

// Slack's incoming webhooks with Block Kit (https://docs.slack.dev/messaging/
// sending-messages-using-incoming-webhooks, …/reference/block-kit/blocks). Tested against schemas
// written from that documentation; unproven against the service itself.
class SlackSink : public Sink {
 public:
  SlackSink(HttpUrl url, HttpWay way, const Clock& clock)
      : url_(std::move(url)), way_(std::move(way)), clock_(clock) {}

  Answer Send(const Message& message) override;

 private:
  const HttpUrl url_;
  const HttpWay way_;
  const Clock& clock_;
};

// Pure.
std::string SlackBody(const Message& message);
// `&`, `<` and `>` as Slack wants them, so that no text becomes a mention or a link
// (https://docs.slack.dev/messaging/formatting-message-text#escaping).
std::string EscapeSlack(std::string_view text);

std::unique_ptr<Sink> ReadSlackSink(const Yaml& node, SinkReading& reading);

}  // namespace vdiwatch::server::alert
