#include "server/alert/syslog_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace vdiwatch::server::alert {
namespace {

// In the order of their numbers (RFC 5424 §6.2.1); the names are those of syslog.conf.
constexpr std::array<std::string_view, 24> kFacilities = {
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
    "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
    "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};

constexpr std::size_t kMostText = 2000;  // of one long text
constexpr std::size_t kMostValue = 200;
constexpr std::size_t kMostAttributes = 8;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

int SeverityOf(const Message& message, const AlertLine& alert) {
  if (message.test) return 6;                                 // informational
  if (alert.kind == policy::NoticeKind::kResolved) return 5;  // notice
  if (alert.severity == "critical") return 2;                 // critical
  if (alert.severity == "major") return 3;                    // error
  return alert.severity == "minor" ? 4 : 6;                   // warning, informational
}

std::string_view MessageId(const Message& message, const AlertLine& alert) {
  if (message.test) return "test";
  switch (alert.kind) {
    case policy::NoticeKind::kOpened:
      return "opened";
    case policy::NoticeKind::kReminded:
      return "reminded";
    case policy::NoticeKind::kResolved:
      return "resolved";
  }
  return "-";
}

// §6.3.3: these three get a backslash before them.
std::string ParameterValue(std::string_view text) {
  std::string escaped;
  for (const char c : Printable(text, kMostValue)) {
    if (c == '"' || c == '\\' || c == ']') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// §6.3.3: up to 32 characters of printable ASCII without blank, '=', ']' and '"'.
std::string ParameterName(std::string_view text) {
  std::string name(text.substr(0, 32));
  std::ranges::replace_if(
      name, [](char c) { return c <= ' ' || c >= 0x7f || c == '=' || c == ']' || c == '"'; }, '_');
  return name;
}

class Element {
 public:
  explicit Element(std::string name) : text_("[" + std::move(name)) {}
  void Add(std::string_view name, std::string_view value) {
    if (!value.empty()) text_ += fmt::format(" {}=\"{}\"", name, ParameterValue(value));
  }
  std::string Closed() const { return text_ + "]"; }

 private:
  std::string text_;
};

std::string StructuredData(const SyslogSender& sender, const Message& message,
                           const AlertLine& alert) {
  Element element(fmt::format("vdiwatch@{}", sender.enterprise_number));
  element.Add("delivery", message.id);
  element.Add("alert", alert.id);
  element.Add("name", alert.name);
  element.Add("cause", alert.cause);
  element.Add("pool", alert.pool);
  element.Add("rule", alert.rule);
  element.Add("severity", alert.severity);
  element.Add("grade", alert.grade);
  if (alert.of > 0) {
    element.Add("desktops", std::to_string(alert.desktops));
    element.Add("of", std::to_string(alert.of));
  }
  element.Add("since", FormatTime(alert.since));
  element.Add("opened_at", FormatTime(alert.opened_at));
  element.Add("url", alert.url);
  std::size_t left = kMostAttributes;
  for (const auto& [name, value] : alert.attributes) {
    if (left-- == 0) break;
    element.Add(ParameterName("attribute." + name), value);
  }
  return element.Closed();
}

std::string Sentence(const Message& message, const AlertLine& alert) {
  std::string text = message.test ? "test: " : "";
  if (alert.kind == policy::NoticeKind::kResolved) text += "resolved: ";
  text += fmt::format("{} in {}: {}", alert.name,
                      alert.pool.empty() ? "the fleet" : "pool " + alert.pool, alert.text);
  text = Printable(text, kMostText);
  if (!alert.remediation.empty() && alert.kind != policy::NoticeKind::kResolved) {
    text += " What to do: " + Printable(alert.remediation, kMostText);
  }
  return text;
}

}  // namespace

std::string SyslogText(const SyslogSender& sender, const Message& message, const AlertLine& alert) {
  const int priority = sender.facility * 8 + SeverityOf(message, alert);
  const std::string text = Sentence(message, alert);
  const bool ascii = std::ranges::none_of(text, [](char c) { return (c & 0x80) != 0; });
  return fmt::format("<{}>1 {} {} vdiwatch - {} {} {}{}", priority, FormatTime(alert.at),
                     sender.host.empty() ? "-" : sender.host, MessageId(message, alert),
                     StructuredData(sender, message, alert), ascii ? "" : kByteOrderMark, text);
}

int FacilityNamed(std::string_view name) {
  const auto found = std::ranges::find(kFacilities, name);
  return found == kFacilities.end() ? -1 : static_cast<int>(found - kFacilities.begin());
}

}  // namespace vdiwatch::server::alert
