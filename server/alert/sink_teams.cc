#include "server/alert/sink_teams.h"

#include <fmt/format.h>

#include "server/alert/fit.h"
#include "server/alert/http_client.h"
#include "server/alert/words.h"

namespace vdiwatch::server::alert {
namespace {

// Teams refuses messages over about 28 KB (https://learn.microsoft.com/connectors/teams/), and what
// it adds to them counts, too.
constexpr FitLimits kLimits{.most_alerts = 20, .max_bytes = 20 << 10};
constexpr std::size_t kMostButtons = 6;  // "actions" of one card that Teams shows

// A RichTextBlock, not a TextBlock, for what comes from elsewhere: its texts are no Markdown.
Json Paragraph(const std::string& text, Json style = Json::object()) {
  style["type"] = "TextRun";
  style["text"] = text;
  return {{"type", "RichTextBlock"}, {"inlines", Json::array({std::move(style)})}};
}

std::string Colour(const AlertLine& line) {
  if (line.kind == policy::NoticeKind::kResolved) return "good";
  if (line.severity == "critical") return "attention";
  return line.severity == "major" ? "warning" : "accent";
}

Json AlertBlock(const AlertLine& line) {
  Json items = Json::array();
  items.push_back(Paragraph(Title(line), {{"weight", "bolder"}, {"color", Colour(line)}}));
  if (const std::string why = Reason(line); !why.empty()) items.push_back(Paragraph(why));
  items.push_back(Paragraph(Lasting(line), {{"isSubtle", true}}));
  const bool over = line.kind == policy::NoticeKind::kResolved;
  if (!over && !line.remediation.empty()) {
    items.push_back(Paragraph("What to do: " + line.remediation));
  }
  return {{"type", "Container"}, {"separator", true}, {"items", std::move(items)}};
}

Json Buttons(std::span<const AlertLine> shown) {
  Json buttons = Json::array();
  for (const AlertLine& line : shown) {
    if (line.url.empty() || buttons.size() == kMostButtons) continue;
    const std::string title = shown.size() == 1 || line.pool.empty() ? "Open" : "Open " + line.pool;
    buttons.push_back({{"type", "Action.OpenUrl"}, {"title", Cut(title, 60)}, {"url", line.url}});
  }
  return buttons;
}

Json Card(const Message& message, std::span<const AlertLine> shown, std::size_t left_off) {
  Json body = Json::array();
  body.push_back(Paragraph(Headline(message), {{"weight", "bolder"}, {"size", "large"}}));
  if (message.test) body.push_back(Paragraph(std::string(kTestNote)));
  for (const AlertLine& line : shown) body.push_back(AlertBlock(line));
  if (left_off > 0) {
    body.push_back(Paragraph(fmt::format("… and {} more.", left_off), {{"isSubtle", true}}));
  }
  Json card = {{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
               {"type", "AdaptiveCard"},
               {"version", "1.4"},
               {"fallbackText", Subject(message)},
               {"body", std::move(body)},
               {"msteams", {{"width", "Full"}}}};
  if (Json buttons = Buttons(shown); !buttons.empty()) card["actions"] = std::move(buttons);
  return card;
}

}  // namespace

std::string TeamsBody(const Message& message) {
  return FitBody(message, kLimits, [&](std::span<const AlertLine> shown, std::size_t left_off) {
    Json attachment = {{"contentType", "application/vnd.microsoft.card.adaptive"},
                       {"contentUrl", nullptr},
                       {"content", Card(message, shown, left_off)}};
    return Json{{"type", "message"}, {"attachments", Json::array({std::move(attachment)})}};
  });
}

Answer TeamsSink::Send(const Message& message) {
  return Judge(PostJson(url_, way_, {}, TeamsBody(message), clock_.Now()), way_);
}

std::unique_ptr<Sink> ReadTeamsSink(const Yaml& node, SinkReading& reading) {
  const std::size_t before = reading.diagnostics.size();
  YamlMap map = reading.Map(node, "teams");
  HttpWay way = ReadWay(map, reading);
  auto url = ReadSecretUrl(map, reading, way);
  map.Finish();
  if (reading.diagnostics.size() != before || !url) return nullptr;
  return std::make_unique<TeamsSink>(*std::move(url), std::move(way), reading.clock);
}

}  // namespace vdiwatch::server::alert
