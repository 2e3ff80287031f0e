#include "server/alert/sink_slack.h"

#include <fmt/format.h>

#include "server/alert/fit.h"
#include "server/alert/http_client.h"
#include "server/alert/words.h"

namespace vdiwatch::server::alert {
namespace {

// https://docs.slack.dev/reference/block-kit/blocks: 50 blocks a message, of which an alert takes
// two; a header of 150 characters, a text of 3000, an address of 3000.
constexpr FitLimits kLimits{.most_alerts = 20, .max_bytes = 40 << 10};
constexpr std::size_t kMaxHeader = 150;
constexpr std::size_t kMaxText = 2900;

// The cut comes first: it must not fall into "&amp;".
std::string Told(std::string_view text, std::size_t max_bytes) {
  std::string told = EscapeSlack(Cut(text, max_bytes));
  return told.size() <= max_bytes ? told : EscapeSlack(Cut(text, max_bytes / 5));
}

Json Mrkdwn(std::string text) {
  // Verbatim: nothing in it becomes a link or a mention by itself.
  return {{"type", "mrkdwn"}, {"text", std::move(text)}, {"verbatim", true}};
}

Json Section(const AlertLine& line) {
  std::string text = fmt::format("*{}*", EscapeSlack(Title(line)));
  const bool over = line.kind == policy::NoticeKind::kResolved;
  if (const std::string why = Reason(line); !why.empty()) text += "\n" + Told(why, 1200);
  if (!over && !line.remediation.empty()) text += "\nWhat to do: " + Told(line.remediation, 1200);
  Json section = {{"type", "section"}, {"text", Mrkdwn(std::move(text))}};
  if (!line.url.empty()) {
    section["accessory"] = {{"type", "button"},
                            {"text", {{"type", "plain_text"}, {"text", "Open"}}},
                            {"action_id", "open_" + line.id},
                            {"url", line.url}};
  }
  return section;
}

Json Context(std::string text) {
  return {{"type", "context"}, {"elements", Json::array({Mrkdwn(std::move(text))})}};
}

Json Blocks(const Message& message, std::span<const AlertLine> shown, std::size_t left_off) {
  Json blocks = Json::array();
  blocks.push_back(
      {{"type", "header"},
       {"text",
        {{"type", "plain_text"}, {"text", Cut(Headline(message), kMaxHeader)}, {"emoji", false}}}});
  if (message.test) blocks.push_back(Context(std::string(kTestNote)));
  for (const AlertLine& line : shown) {
    blocks.push_back(Section(line));
    blocks.push_back(Context(EscapeSlack(Lasting(line))));
  }
  if (left_off > 0) blocks.push_back(Context(fmt::format("… and {} more.", left_off)));
  return blocks;
}

}  // namespace

std::string EscapeSlack(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string SlackBody(const Message& message) {
  return FitBody(message, kLimits, [&](std::span<const AlertLine> shown, std::size_t left_off) {
    return Json{{"text", Told(Subject(message), kMaxText)},
                {"blocks", Blocks(message, shown, left_off)}};
  });
}

Answer SlackSink::Send(const Message& message) {
  return Judge(PostJson(url_, way_, {}, SlackBody(message), clock_.Now()), way_);
}

std::unique_ptr<Sink> ReadSlackSink(const Yaml& node, SinkReading& reading) {
  const std::size_t before = reading.diagnostics.size();
  YamlMap map = reading.Map(node, "slack");
  HttpWay way = ReadWay(map, reading);
  auto url = ReadSecretUrl(map, reading, way);
  map.Finish();
  if (reading.diagnostics.size() != before || !url) return nullptr;
  return std::make_unique<SlackSink>(*std::move(url), std::move(way), reading.clock);
}

}  // namespace vdiwatch::server::alert
