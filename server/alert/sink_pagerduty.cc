#include "server/alert/sink_pagerduty.h"

#include <fmt/format.h>

#include <utility>

#include "server/alert/fit.h"
#include "server/alert/http_client.h"
#include "server/alert/words.h"

namespace vdiwatch::server::alert {
namespace {

constexpr std::string_view kUsualUrl = "https://events.pagerduty.com/v2/enqueue";
constexpr std::size_t kMaxSummary = 1024;
constexpr Seconds kSendPatience{20};  // begins no further event past it

std::string_view SeverityOf(std::string_view severity) {
  if (severity == "critical") return "critical";
  if (severity == "major") return "error";
  return severity == "minor" ? "warning" : "info";
}

Json Payload(const AlertLine& line, bool test) {
  Json payload = {
      {"summary",
       Cut(fmt::format("{}{}: {}", test ? "Test: " : "", Title(line), Reason(line)), kMaxSummary)},
      {"source", line.pool.empty() ? "vdiwatch" : line.pool},
      {"severity", test ? "info" : SeverityOf(line.severity)},
      {"timestamp", FormatTime(line.at)},
      {"component", line.cause},
      {"group", line.pool.empty() ? "fleet" : line.pool},
      {"class", line.name},
      {"custom_details",
       {{"what", test ? std::string(kTestNote) : Reason(line)},
        {"lasting", Lasting(line)},
        {"what_to_do", line.remediation},
        {"grade", line.grade},
        {"desktops", line.desktops},
        {"of", line.of},
        {"attributes", line.attributes}}}};
  return payload;
}

std::optional<HttpUrl> ReadUrl(YamlMap& map, const SinkReading& reading, const HttpWay& way) {
  if (map.Optional("url") == nullptr) return *ParseHttpUrl(kUsualUrl);
  const std::vector<HttpUrl> urls = ReadUrls(map, reading, way);
  if (urls.size() > 1) map.Complain(map.Optional("url")->mark, "pagerduty takes one url");
  return urls.empty() ? std::nullopt : std::optional(urls.front());
}

}  // namespace

std::string PagerDutyEvent(const AlertLine& full, const PagerDutySettings& settings, bool test,
                           bool resolve) {
  const AlertLine line = Shortened(full);
  Json event = {{"routing_key", settings.routing_key},
                {"event_action", resolve ? "resolve" : "trigger"},
                {"dedup_key", fmt::format("vdiwatch-{}{}", test ? "test-" : "", line.id)}};
  if (!resolve) {
    event["payload"] = Payload(line, test);
    event["client"] = "vdiwatch";
    if (!settings.dashboard.empty()) event["client_url"] = settings.dashboard;
    if (!line.url.empty()) {
      event["links"] = Json::array({{{"href", line.url}, {"text", "The alert in vdiwatch"}}});
    }
  }
  return DumpJson(event);
}

Answer PagerDutySink::Send(const Message& message) {
  if (progress_.message != message.id) progress_ = {message.id, 0, {}, {}};
  const Time begin = clock_.Now();
  for (; progress_.taken < message.alerts.size(); ++progress_.taken) {
    const Time now = clock_.Now();
    if (now - begin > kSendPatience) {
      return {Answer::Outcome::kRetry,
              fmt::format("{} of {} events taken so far", progress_.taken, message.alerts.size()),
              Seconds(1)};
    }
    Answer answer = Tell(message.alerts[progress_.taken], message.test, now);
    const bool refused = answer.outcome == Answer::Outcome::kRejected;  // the others may be taken
    if (refused) progress_.refused = answer;
    if (!refused && answer.outcome != Answer::Outcome::kDelivered) return answer;
    progress_.newest = std::move(answer);
  }
  return std::exchange(progress_, {}).Whole();
}

Answer PagerDutySink::Tell(const AlertLine& line, bool test, Time now) {
  const bool over = line.kind == policy::NoticeKind::kResolved && !test;
  Answer answer = Post(PagerDutyEvent(line, settings_, test, over), now);
  if (!test || answer.outcome != Answer::Outcome::kDelivered) return answer;
  return Post(PagerDutyEvent(line, settings_, true, true), now);  // leaves nothing open
}

Answer PagerDutySink::Post(const std::string& event, Time now) {
  return Judge(PostJson(settings_.url, settings_.way, {}, event, now), settings_.way);
}

std::unique_ptr<Sink> ReadPagerDutySink(const Yaml& node, SinkReading& reading) {
  const std::size_t before = reading.diagnostics.size();
  YamlMap map = reading.Map(node, "pagerduty");
  PagerDutySettings settings;
  settings.way = ReadWay(map, reading);
  if (auto url = ReadUrl(map, reading, settings.way)) settings.url = *std::move(url);
  map.Required("routing_key_file");
  settings.routing_key = reading.Secret(map, "routing_key_file");
  settings.way.secrets.push_back(settings.routing_key);
  settings.dashboard = reading.dashboard;
  map.Finish();
  if (reading.diagnostics.size() != before) return nullptr;
  return std::make_unique<PagerDutySink>(std::move(settings), reading.clock);
}

}  // namespace vdiwatch::server::alert
