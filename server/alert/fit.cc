#include "server/alert/fit.h"

#include <algorithm>
#include <vector>

#include "server/alert/words.h"

namespace vdiwatch::server::alert {
namespace {

constexpr std::size_t kMaxTextBytes = 1500;
constexpr std::size_t kMaxUrlBytes = 1000;
constexpr std::size_t kMaxWordBytes = 200;
constexpr std::size_t kMostAttributes = 20;

}  // namespace

AlertLine Shortened(const AlertLine& line) {
  AlertLine cut = line;
  for (std::string* word : {&cut.name, &cut.cause, &cut.pool, &cut.rule}) {
    *word = Cut(*word, kMaxWordBytes);
  }
  cut.text = Cut(cut.text, kMaxTextBytes);
  cut.remediation = Cut(cut.remediation, kMaxTextBytes);
  if (cut.url.size() > kMaxUrlBytes) cut.url.clear();  // half a link leads nowhere
  cut.attributes.clear();
  for (const auto& [key, value] : line.attributes) {
    if (cut.attributes.size() < kMostAttributes && key.size() <= kMaxWordBytes) {
      cut.attributes.emplace(key, Cut(value, kMaxWordBytes));
    }
  }
  return cut;
}

std::string DumpJson(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string FitBody(const Message& message, const FitLimits& limits, const BuildBody& build) {
  std::vector<AlertLine> lines;
  std::size_t count = std::min(limits.most_alerts, message.alerts.size());
  for (std::size_t i = 0; i < count; ++i) lines.push_back(Shortened(message.alerts[i]));
  while (true) {
    const std::span<const AlertLine> shown(lines.data(), count);
    std::string body = DumpJson(build(shown, message.alerts.size() - count));
    if (body.size() <= limits.max_bytes || count <= 1) return body;
    count = std::max<std::size_t>(1, std::min(count - 1, count * limits.max_bytes / body.size()));
  }
}

}  // namespace vdiwatch::server::alert
