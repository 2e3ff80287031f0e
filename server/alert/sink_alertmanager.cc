#include "server/alert/sink_alertmanager.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>

#include "base/digest.h"
#include "base/text.h"
#include "server/alert/fit.h"
#include "server/alert/words.h"

namespace vdiwatch::server::alert {
namespace {

constexpr int kForgottenAfter = 4;  // times resend_every
constexpr std::size_t kMostUrls = 5;
constexpr Seconds kTestLasts{5 * 60};
constexpr Seconds kLeastResend{10};
constexpr Seconds kLongestResend{60 * 60};

// [a-zA-Z_][a-zA-Z0-9_]* (https://prometheus.io/docs/concepts/data_model/)
std::string LabelName(std::string_view key) {
  std::string name = "attribute_";
  for (const char c : key) {
    const bool fit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += fit ? c : '_';
  }
  return name;
}

bool IsLabelName(std::string_view name) {
  return !name.empty() && (name[0] < '0' || name[0] > '9') &&
         LabelName(name) == "attribute_" + std::string(name);
}

// What every alert has of its own; names in two underscores are Prometheus's
// (https://prometheus.io/docs/concepts/data_model/).
bool IsTaken(std::string_view name) {
  static constexpr std::string_view kOwn[] = {"alertname", "severity", "pool", "cause", "rule"};
  return name.starts_with("__") || std::ranges::find(kOwn, name) != std::end(kOwn);
}

// One with an empty value is the same as none there.
void AddLabel(const std::string& name, const std::string& value, Json& labels) {
  if (!value.empty()) labels[name] = value;
}

Json Labels(const AlertLine& line, const AlertmanagerSettings& settings, bool test) {
  Json labels = Json::object();
  for (const auto& [name, value] : settings.labels) AddLabel(name, value, labels);
  for (const auto& [key, value] : line.attributes) {
    if (settings.attributes.contains(key)) AddLabel(LabelName(key), value, labels);
  }
  AddLabel("alertname", test ? "VdiwatchTest" : line.name, labels);
  AddLabel("severity", test ? "info" : line.severity, labels);
  AddLabel("pool", line.pool, labels);
  AddLabel("cause", test ? "test" : line.cause, labels);
  AddLabel("rule", line.rule, labels);
  return labels;
}

Json Annotations(const AlertLine& line, bool test) {
  Json annotations = {{"summary", Title(line)}, {"description", Reason(line)}};
  if (test) annotations["description"] = kTestNote;
  if (!line.remediation.empty()) annotations["remediation"] = line.remediation;
  if (!line.url.empty()) annotations["dashboard_url"] = line.url;
  annotations["vdiwatch_alert"] = line.id;
  return annotations;
}

Time EndOf(const AlertLine& line, const AlertmanagerSettings& settings, bool test, Time now) {
  if (test) return now + kTestLasts;
  if (line.kind == policy::NoticeKind::kResolved) return std::max(line.since, line.at);
  return now + kForgottenAfter * settings.resend_every;
}

// `basic_auth` or `bearer_token_file`: the header's value.
std::string ReadAuthorization(YamlMap& map, SinkReading& reading, HttpWay& way) {
  const std::string token = reading.Secret(map, "bearer_token_file");
  const Yaml* basic = map.Optional("basic_auth");
  if (basic == nullptr) {
    way.secrets.push_back(token);
    return token.empty() ? "" : "Bearer " + token;
  }
  YamlMap pair = reading.Map(*basic, "basic_auth");
  const std::string user = pair.Text("user");
  pair.Required("password_file");
  const std::string password = reading.Secret(pair, "password_file");
  pair.Finish();
  if (map.Optional("bearer_token_file") != nullptr) {
    map.Complain(basic->mark, "basic_auth and bearer_token_file exclude each other");
  }
  const std::string encoded = Base64(user + ":" + password);
  way.secrets.insert(way.secrets.end(), {password, encoded});
  return "Basic " + encoded;
}

void ReadLabels(YamlMap& map, const SinkReading& reading, AlertmanagerSettings& settings) {
  const Yaml* labels = map.Optional("labels");
  if (labels == nullptr) return;
  YamlMap members = reading.Map(*labels, "labels");
  for (const YamlEntry& entry : labels->entries) {
    if (!IsLabelName(entry.key.text)) {
      members.Complain(entry.key.mark,
                       "a label's name has letters, digits and '_' alone, and does "
                       "not begin with a digit");
    } else if (IsTaken(entry.key.text)) {
      members.Complain(entry.key.mark, fmt::format("the label {} is taken: every alert has it, or "
                                                   "Alertmanager keeps it for itself",
                                                   Printable(entry.key.text, 100)));
    }
    settings.labels[entry.key.text] = members.Text(entry.key.text);
  }
}

// Attributes become labels, which must not be two of one name.
void ReadAttributes(YamlMap& map, const SinkReading& reading, AlertmanagerSettings& settings) {
  std::map<std::string, std::string> keys;
  for (const std::string& key : reading.Texts(map, "attributes")) {
    const std::string label = LabelName(key);
    const auto [former, fresh] = keys.try_emplace(label, key);
    if (settings.labels.contains(label)) {
      map.Complain(map.Optional("attributes")->mark,
                   fmt::format("the attribute {} would be the label {}, which labels has, too",
                               Printable(key, 100), label));
    } else if (!fresh && former->second != key) {
      map.Complain(map.Optional("attributes")->mark,
                   fmt::format("the attributes {} and {} would both be the label {}",
                               Printable(former->second, 100), Printable(key, 100), label));
    }
    settings.attributes.insert(key);
  }
}

Seconds ReadResend(YamlMap& map, const SinkReading& reading) {
  const Seconds every = reading.Span(map, "resend_every", Seconds(60));
  if (every < kLeastResend || every > kLongestResend) {
    map.Complain(map.Optional("resend_every")->mark, "resend_every must be a span of 10s to 1h");
  }
  return every;
}

}  // namespace

Json AlertmanagerBody(std::span<const AlertLine> lines, const AlertmanagerSettings& settings,
                      bool test, Time now) {
  Json body = Json::array();
  for (const AlertLine& full : lines) {
    const AlertLine line = Shortened(full);
    Json alert = {{"labels", Labels(line, settings, test)},
                  {"annotations", Annotations(line, test)},
                  {"startsAt", FormatTime(test ? now : line.since)},
                  {"endsAt", FormatTime(EndOf(line, settings, test, now))}};
    if (!line.url.empty()) alert["generatorURL"] = line.url;
    body.push_back(std::move(alert));
  }
  return body;
}

Answer AlertmanagerSink::Send(const Message& message) {
  const Time now = clock_.Now();
  return Post(AlertmanagerBody(message.alerts, settings_, message.test, now), now);
}

Answer AlertmanagerSink::Refresh(std::span<const AlertLine> open, Time now) {
  if (open.empty()) return {Answer::Outcome::kDelivered, "nothing is open", {}};
  return Post(AlertmanagerBody(open, settings_, false, now), now);
}

Answer AlertmanagerSink::Post(const Json& body, Time now) {
  HttpHeaders headers;
  if (!settings_.authorization.empty())
    headers.emplace_back("Authorization", settings_.authorization);
  std::optional<Answer> best;
  std::string texts;
  for (const HttpUrl& url : settings_.urls) {
    const Answer answer =
        Judge(PostJson(url, settings_.way, headers, DumpJson(body), now), settings_.way);
    texts += fmt::format("{}{}: {}", texts.empty() ? "" : "; ", Origin(url), answer.text);
    // Delivered beats the hope for later, which beats the rest: the enumeration's own order.
    if (!best || answer.outcome < best->outcome) best = answer;
  }
  if (settings_.urls.size() > 1) best->text = texts;
  return *best;
}

std::unique_ptr<Sink> ReadAlertmanagerSink(const Yaml& node, SinkReading& reading) {
  const std::size_t before = reading.diagnostics.size();
  YamlMap map = reading.Map(node, "alertmanager");
  AlertmanagerSettings settings;
  settings.way = ReadWay(map, reading);
  settings.urls = ReadUrls(map, reading, settings.way);
  if (settings.urls.size() > kMostUrls) {
    map.Complain(node.mark, fmt::format("alertmanager takes at most {} urls", kMostUrls));
  }
  settings.way.patience /= std::max<std::size_t>(1, settings.urls.size());  // one after the other
  for (HttpUrl& url : settings.urls) {
    if (url.target.ends_with('/')) url.target.pop_back();
    url.target += "/api/v2/alerts";
  }
  settings.authorization = ReadAuthorization(map, reading, settings.way);
  settings.resend_every = ReadResend(map, reading);
  ReadLabels(map, reading, settings);
  ReadAttributes(map, reading, settings);
  map.Finish();
  if (reading.diagnostics.size() != before) return nullptr;
  return std::make_unique<AlertmanagerSink>(std::move(settings), reading.clock);
}

}  // namespace vdiwatch::server::alert
