#include <fmt/format.h>

#include "base/text.h"
#include "server/alert/words.h"
#include "server/feed_format.h"

namespace vdiwatch::server {
namespace {

using policy::Grade;

// 0 to 10, very high from 9 on.
int Severity(const std::optional<Grade>& grade) {
  if (grade == Grade::kNoncompliant) return 8;
  if (grade == Grade::kUnknown) return 5;
  return grade == Grade::kConditional ? 3 : 1;
}

// The header's fields escape '|' and '\' and have no line breaks.
std::string HeaderField(std::string_view text) {
  std::string escaped;
  for (const char c : Printable(text, 512)) {
    if (c == '|' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// The extension's values escape '=' and '\', and write line breaks as "\n".
std::string Value(std::string_view text, std::size_t most) {
  std::string escaped;
  for (const char c : alert::Cut(text, most)) {
    if (c == '=' || c == '\\') escaped += '\\';
    if (c == '\n' || c == '\r') {
      escaped += c == '\n' ? "\\n" : "";
    } else {
      escaped += static_cast<unsigned char>(c) < ' ' ? '?' : c;
    }
  }
  return escaped;
}

class Extension {
 public:
  // `most`: the longest value that the guide allows the key.
  void Add(std::string_view key, std::string_view value, std::size_t most) {
    if (value.empty()) return;
    text_ += fmt::format("{}{}={}", text_.empty() ? "" : " ", key, Value(value, most));
  }
  void AddLabelled(int number, std::string_view label, std::string_view value) {
    if (value.empty()) return;
    Add(fmt::format("cs{}Label", number), label, 1023);
    Add(fmt::format("cs{}", number), value, 4000);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

std::string CefLine(const collector::FeedEvent& event, const policy::PolicySet& in_force) {
  const bool pool = event.desktop_id == 0;
  const auto reasons = ReasonsOf(event, in_force);
  Extension extension;
  extension.Add("rt", std::to_string(ToUnix(event.at) * 1000), 20);
  extension.Add("externalId", event.id, 40);
  extension.Add("cat", pool ? "pool" : "desktop", 1023);
  extension.Add("outcome", GradeText(event.to), 63);
  if (!pool) extension.Add("dhost", event.host_name, 1023);
  if (!reasons.empty()) extension.Add("reason", reasons[0].rule, 1023);
  extension.Add("msg", reasons.empty() ? Sentence(event) : reasons[0].text, 1023);
  extension.AddLabelled(1, "pool", event.pool);
  extension.AddLabelled(2, "gradeBefore", GradeText(event.from));
  extension.AddLabelled(3, "policy", event.policy);
  if (!pool) {
    extension.AddLabelled(4, "desktop", collector::IdText(event.desktop_id));
    extension.AddLabelled(5, "presence", ToString(event.presence));
  }
  if (!reasons.empty()) extension.AddLabelled(6, "remediation", reasons[0].remediation);
  return fmt::format(
      "CEF:0|vdiwatch|vdiwatch|{}|{}|{}|{}|{}", HeaderField(VDIWATCH_VERSION),
      pool ? "pool-transition" : "desktop-transition",
      HeaderField(fmt::format("{} is {}", pool ? "Pool" : "Desktop", GradeText(event.to))),
      Severity(event.to), extension.text());
}

}  // namespace vdiwatch::server
