#include "server/alert/mail_settings.h"

#include <fmt/format.h>

#include "base/text.h"
#include "server/alert/mail_text.h"

namespace vdiwatch::server::alert {
namespace {

using Security = MailSettings::Security;

Security ReadSecurity(YamlMap& map) {
  const Yaml* node = map.Optional("security");
  if (node == nullptr || node->text == "starttls") return Security::kStartTls;
  if (node->text == "tls") return Security::kTls;
  if (node->text == "none") return Security::kNone;
  map.Complain(node->mark, "security must be starttls, tls or none");
  return Security::kStartTls;
}

std::uint16_t UsualPort(Security security) {
  switch (security) {
    case Security::kStartTls:
      return 587;  // RFC 6409
    case Security::kTls:
      return 465;  // RFC 8314
    case Security::kNone:
      return 25;
  }
  return 587;
}

void ReadAccount(YamlMap& map, SinkReading& reading, MailSettings& settings) {
  settings.user = map.TextOr("user", "");
  settings.password = reading.Secret(map, "password_file");
  const Yaml* user = map.Optional("user");
  const Yaml* password = map.Optional("password_file");
  if ((user == nullptr) != (password == nullptr)) {
    map.Complain((user == nullptr ? password : user)->mark, "user and password_file go together");
  } else if (user != nullptr && settings.security == Security::kNone) {
    map.Complain(user->mark, "a password is not sent without TLS: use security starttls or tls");
  }
}

void CheckMailbox(YamlMap& map, std::string_view key, const std::string& text) {
  if (text.empty() || ParseMailbox(text)) return;
  map.Complain(map.Optional(key)->mark,
               fmt::format("{}: '{}' is no mail address", key, Printable(text, 80)));
}

}  // namespace

std::uint16_t ReadPort(YamlMap& map, std::uint16_t fallback) {
  const std::int64_t port = map.IntegerOr("port", fallback);
  if (port >= 1 && port <= 65'535) return static_cast<std::uint16_t>(port);
  map.Complain(map.Optional("port")->mark, "port must be a number from 1 to 65535");
  return fallback;
}

MailSettings ReadMailSettings(YamlMap& map, SinkReading& reading, Recipients recipients) {
  MailSettings settings;
  settings.host = map.Text("host");
  settings.security = ReadSecurity(map);
  settings.port = ReadPort(map, UsualPort(settings.security));
  settings.ca_file = reading.Path(map, "ca_file");
  settings.hello = map.TextOr("hello", "");
  settings.from = map.Text("from");
  CheckMailbox(map, "from", settings.from);
  ReadAccount(map, reading, settings);
  if (recipients == Recipients::kElsewhere || map.Required("to") == nullptr) return settings;
  settings.to = reading.Texts(map, "to");
  for (const std::string& to : settings.to) CheckMailbox(map, "to", to);
  return settings;
}

}  // namespace vdiwatch::server::alert
