#include "server/alert/sink_webhook.h"

#include <fmt/format.h>

#include <optional>

#include "base/digest.h"
#include "server/alert/fit.h"
#include "server/alert/words.h"

namespace vdiwatch::server::alert {
namespace {

constexpr std::string_view kSecretPrefix = "whsec_";
// The specification recommends less than 20 kB, but a ticket system wants every alert; common
// receivers take up to 100 kB (https://expressjs.com/en/api.html#express.json).
constexpr FitLimits kLimits{.most_alerts = 500, .max_bytes = 96 << 10};

Json TextOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json AlertJson(const AlertLine& line) {
  return {{"id", line.id},
          {"name", line.name},
          {"cause", line.cause},
          {"pool", TextOrNull(line.pool)},
          {"rule", TextOrNull(line.rule)},
          {"severity", line.severity},
          {"grade", line.grade},
          {"desktops", line.desktops},
          {"of", line.of},
          {"text", line.text},
          {"remediation", line.remediation},
          {"attributes", line.attributes},
          {"url", TextOrNull(line.url)},
          {"since", FormatTime(line.since)},
          {"opened_at", FormatTime(line.opened_at)},
          {"at", FormatTime(line.at)}};
}

std::string TypeOf(const Message& message) {
  if (message.alerts.front().cause == "heartbeat") return "alerting.heartbeat";
  return "alert." +
         (message.test ? "test" : std::string(policy::ToString(message.alerts.front().kind)));
}

// "whsec_" and the base64 of 24 to 64 bytes; nothing otherwise.
std::optional<std::string> KeyOf(std::string_view secret) {
  if (!secret.starts_with(kSecretPrefix)) return std::nullopt;
  auto key = Unbase64(secret.substr(kSecretPrefix.size()));
  if (!key || key->size() < 24 || key->size() > 64) return std::nullopt;
  return key;
}

void ReadKeys(YamlMap& map, const SinkReading& reading, WebhookSettings& settings) {
  const Yaml* node = map.Required("secret_file");
  for (const std::string& secret : reading.Secrets(map, "secret_file")) {
    auto key = KeyOf(secret);
    if (!key) {
      map.Complain(node->mark,
                   "secret_file: a secret is 'whsec_' and the base64 of 24 to 64 bytes");
      return;
    }
    settings.keys.push_back(*std::move(key));
    settings.way.secrets.push_back(secret.substr(kSecretPrefix.size()));
  }
}

}  // namespace

std::string WebhookBody(const Message& message) {
  return FitBody(message, kLimits, [&](std::span<const AlertLine> shown, std::size_t left_off) {
    Json alerts = Json::array();
    for (const AlertLine& line : shown) alerts.push_back(AlertJson(line));
    return Json{{"type", TypeOf(message)},
                {"timestamp", FormatTime(message.at)},
                {"data",
                 {{"subject", Headline(message)},
                  {"common", TextOrNull(message.common)},
                  {"test", message.test},
                  {"alerts", std::move(alerts)},
                  {"left_off", left_off}}}};
  });
}

HttpHeaders WebhookHeaders(std::string_view id, std::string_view body,
                           const std::vector<std::string>& keys, Time now) {
  const std::string signed_text = fmt::format("{}.{}.{}", id, ToUnix(now), body);
  std::string signatures;
  for (const std::string& key : keys) {
    signatures +=
        fmt::format("{}v1,{}", signatures.empty() ? "" : " ", Base64(HmacSha256(key, signed_text)));
  }
  return {{"webhook-id", std::string(id)},
          {"webhook-timestamp", fmt::format("{}", ToUnix(now))},
          {"webhook-signature", signatures}};
}

Answer WebhookSink::Send(const Message& message) {
  const Time now = clock_.Now();
  const std::string body = WebhookBody(message);
  return Judge(PostJson(settings_.url, settings_.way,
                        WebhookHeaders(message.id, body, settings_.keys, now), body, now),
               settings_.way);
}

std::unique_ptr<Sink> ReadWebhookSink(const Yaml& node, SinkReading& reading) {
  const std::size_t before = reading.diagnostics.size();
  YamlMap map = reading.Map(node, "webhook");
  WebhookSettings settings;
  settings.way = ReadWay(map, reading);
  const std::vector<HttpUrl> urls = ReadUrls(map, reading, settings.way);
  if (urls.size() > 1) map.Complain(node.mark, "webhook takes one url; make a sink of each");
  if (!urls.empty()) settings.url = urls.front();
  ReadKeys(map, reading, settings);
  map.Finish();
  if (reading.diagnostics.size() != before) return nullptr;
  return std::make_unique<WebhookSink>(std::move(settings), reading.clock);
}

}  // namespace vdiwatch::server::alert
