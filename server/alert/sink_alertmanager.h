#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "server/alert/http_client.h"
#include "server/alert/http_receiver.h"
#include "server/alert/sink.h"
#include "server/alert/sink_reading.h"

namespace vdiwatch::server::alert {

// Prometheus Alertmanager, API v2 (https://prometheus.io/docs/alerting/latest/alerts_api/). Of
// several, each is told everything (they sort repetitions out among themselves), and one that
// takes it is enough.
struct AlertmanagerSettings {
  std::vector<HttpUrl> urls;  // of POST …/api/v2/alerts
  HttpWay way;
  std::string authorization;  // the header; empty: none
  Seconds resend_every{60};   // it forgets an alert that it was not told for four times as long
  std::map<std::string, std::string, std::less<>> labels;  // on every alert
  std::set<std::string, std::less<>> attributes;           // of the pool, that become labels
};

// The alerts as it takes them. Its labels are its key for an alert: they hold nothing that changes
// while one is open. Pure.
Json AlertmanagerBody(std::span<const AlertLine> lines, const AlertmanagerSettings& settings,
                      bool test, Time now);

class AlertmanagerSink : public Sink {
 public:
  AlertmanagerSink(AlertmanagerSettings settings, const Clock& clock)
      : settings_(std::move(settings)), clock_(clock) {}

  Answer Send(const Message& message) override;
  Seconds refresh_every() const override { return settings_.resend_every; }
  Answer Refresh(std::span<const AlertLine> open, Time now) override;

 private:
  Answer Post(const Json& body, Time now);

  const AlertmanagerSettings settings_;
  const Clock& clock_;
};

std::unique_ptr<Sink> ReadAlertmanagerSink(const Yaml& node, SinkReading& reading);

}  // namespace vdiwatch::server::alert
