#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/alert/sink_reading.h"

namespace vdiwatch::server::alert {

struct HttpUrl {
  bool tls = true;
  std::string host;  // a name, or an IP address without brackets
  std::uint16_t port = 443;
  std::string target = "/";  // path and query; may be a credential
};
// "hooks.example:8443", without the usual port, as the header Host has it; an IPv6 address in
// brackets.
std::string Authority(const HttpUrl& url);
// "https://hooks.example:8443": what may be shown of it.
std::string Origin(const HttpUrl& url);
// Invalid says what is wrong and repeats nothing of the text.
Result<HttpUrl> ParseHttpUrl(std::string_view text);

inline constexpr Seconds kAnswerPatience{20};

// How a receiver is reached.
struct HttpWay {
  Seconds patience = kAnswerPatience;  // from connecting to the end of the answer
  bool allow_private = false;          // addresses of loopback and private networks, and http://
  std::filesystem::path ca_file;       // PEM; empty: whom this system trusts
  std::optional<HttpUrl> proxy;  // resolves the names itself, so that only addresses are guarded
  std::string proxy_authorization;
  std::vector<std::string> secrets;  // what no answer, error or log may show
};

// The text with `<secret>` in the place of each of them.
std::string Redact(std::string text, const std::vector<std::string>& secrets);

// The members that every sink over HTTP has: allow_private, ca_file, proxy, proxy_user,
// proxy_password_file.
HttpWay ReadWay(YamlMap& map, const SinkReading& reading);
// `url`: one or several. Empty after a diagnostic.
std::vector<HttpUrl> ReadUrls(YamlMap& map, const SinkReading& reading, const HttpWay& way);
// `url_file`: a file with an address that is a credential, too. Nothing after a diagnostic.
std::optional<HttpUrl> ReadSecretUrl(YamlMap& map, const SinkReading& reading, HttpWay& way);

}  // namespace vdiwatch::server::alert
