#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "server/alert/http_receiver.h"
#include "server/alert/sink.h"
#include "server/alert/sink_reading.h"

namespace vdiwatch::server::alert {

// PagerDuty's Events API v2 (https://developer.pagerduty.com/docs/events-api-v2-overview). Tested
// against a schema written from that documentation; unproven against the service itself.
struct PagerDutySettings {
  HttpUrl url;
  HttpWay way;
  std::string routing_key;
  std::string dashboard;  // empty: no link
};

// The event of one alert; `resolve` ends what it opened. Pure.
std::string PagerDutyEvent(const AlertLine& line, const PagerDutySettings& settings, bool test,
                           bool resolve);

class PagerDutySink : public Sink {
 public:
  PagerDutySink(PagerDutySettings settings, const Clock& clock)
      : settings_(std::move(settings)), clock_(clock) {}

  // An event for each alert. Where time is up, or one does not go through, the next attempt goes on
  // from there; what is sent twice all the same, PagerDuty takes for one by its dedup_key.
  Answer Send(const Message& message) override;

 private:
  // How far a message's events have come.
  struct Progress {
    std::string message;
    std::size_t taken = 0;
    Answer newest;
    std::optional<Answer> refused;

    Answer Whole() const { return refused.value_or(newest); }
  };

  Answer Tell(const AlertLine& line, bool test, Time now);
  Answer Post(const std::string& event, Time now);

  const PagerDutySettings settings_;
  const Clock& clock_;
  Progress progress_;
};

std::unique_ptr<Sink> ReadPagerDutySink(const Yaml& node, SinkReading& reading);

}  // namespace vdiwatch::server::alert
