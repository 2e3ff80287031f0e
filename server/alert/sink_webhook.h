#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "server/alert/http_client.h"
#include "server/alert/http_receiver.h"
#include "server/alert/sink.h"
#include "server/alert/sink_reading.h"

namespace vdiwatch::server::alert {

// Webhooks as Standard Webhooks 1.0.0 has them
// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
struct WebhookSettings {
  HttpUrl url;
  HttpWay way;
  std::vector<std::string> keys;  // raw; the body is signed with each, so that they can be rotated
};

// {"type": "alert.opened", "timestamp", "data": {…}}; docs/alerting.md describes it. Pure.
std::string WebhookBody(const Message& message);
// The headers of one attempt. Pure.
HttpHeaders WebhookHeaders(std::string_view id, std::string_view body,
                           const std::vector<std::string>& keys, Time now);

class WebhookSink : public Sink {
 public:
  WebhookSink(WebhookSettings settings, const Clock& clock)
      : settings_(std::move(settings)), clock_(clock) {}

  Answer Send(const Message& message) override;

 private:
  const WebhookSettings settings_;
  const Clock& clock_;
};

std::unique_ptr<Sink> ReadWebhookSink(const Yaml& node, SinkReading& reading);

}  // namespace vdiwatch::server::alert
