#include "server/alert/http_receiver.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>
#include <fmt/format.h>

#include <system_error>

#include "base/digest.h"
#include "base/text.h"
#include "server/alert/address_guard.h"

namespace vdiwatch::server::alert {
namespace {

constexpr std::size_t kMaxUrlBytes = 2048;
// Shorter pieces would blot out ordinary words.
constexpr std::size_t kLeastSecret = 4;
constexpr std::size_t kLeastPiece = 16;

// The whole of the target, and what in it looks random: receivers quote parts of it.
void KeepSecret(const std::string& target, std::vector<std::string>& secrets) {
  secrets.push_back(target);
  std::size_t begin = 0;
  while (begin < target.size()) {
    const std::size_t end = std::min(target.find_first_of("/?&=", begin), target.size());
    if (end - begin >= kLeastPiece) secrets.push_back(target.substr(begin, end - begin));
    begin = end + 1;
  }
}

// What would be refused at each request (http_connection.h) is refused at once where it is an
// address in the place of a name.
Result<void> CheckUrl(const HttpUrl& url, const HttpWay& way) {
  if (!url.tls && !way.allow_private) {
    return Invalid("must be https://; http:// is for private networks alone (allow_private: true)");
  }
  const auto why = WhyHostRefused(url.host, way.allow_private);
  if (!why) return {};
  const bool with_leave = !way.allow_private && !WhyHostRefused(url.host, true);
  return Invalid(fmt::format("must not be {}: no request goes there{}", *why,
                             with_leave ? " without allow_private: true" : ""));
}

void ReadProxy(YamlMap& map, const SinkReading& reading, HttpWay& way) {
  const std::string user = map.TextOr("proxy_user", "");
  const std::string password = reading.Secret(map, "proxy_password_file");
  if (!user.empty()) {
    way.proxy_authorization = "Basic " + Base64(user + ":" + password);
    way.secrets.insert(way.secrets.end(), {password, way.proxy_authorization.substr(6)});
  }
  const Yaml* proxy = map.Optional("proxy");
  if (proxy == nullptr) return;
  auto url = ParseHttpUrl(proxy->text);
  if (!url || url->tls || url->target != "/") {
    map.Complain(proxy->mark, "proxy must be an address such as http://proxy.example:3128");
    return;
  }
  way.proxy = *std::move(url);
}

}  // namespace

std::string Authority(const HttpUrl& url) {
  const bool v6 = url.host.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + url.host + "]" : url.host;
  const bool usual = url.port == (url.tls ? 443 : 80);
  return usual ? host : fmt::format("{}:{}", host, url.port);
}

std::string Origin(const HttpUrl& url) {
  return (url.tls ? "https://" : "http://") + Authority(url);
}

Result<HttpUrl> ParseHttpUrl(std::string_view text) {
  const Error none = Invalid("must be an address such as https://hooks.example/path");
  if (text.size() > kMaxUrlBytes || Printable(text, kMaxUrlBytes) != text) return none;
  try {
    const Poco::URI uri{std::string(text)};
    const bool tls = uri.getScheme() == "https";
    if ((!tls && uri.getScheme() != "http") || uri.getHost().empty() || uri.getPort() == 0) {
      return none;
    }
    if (!uri.getUserInfo().empty()) return Invalid("must not hold a user or a password");
    if (!uri.getFragment().empty()) return Invalid("must not hold a '#'");
    const std::string target = uri.getPathEtc();
    return HttpUrl{tls, uri.getHost(), uri.getPort(),
                   target.starts_with('/') ? target : "/" + target};
  } catch (const Poco::Exception&) {
    return none;
  }
}

std::string Redact(std::string text, const std::vector<std::string>& secrets) {
  static constexpr std::string_view kShown = "<secret>";
  for (const std::string& secret : secrets) {
    if (secret.size() < kLeastSecret) continue;
    std::size_t at = 0;
    while ((at = text.find(secret, at)) != std::string::npos) {
      text.replace(at, secret.size(), kShown);
      at += kShown.size();
    }
  }
  return text;
}

HttpWay ReadWay(YamlMap& map, const SinkReading& reading) {
  HttpWay way;
  way.allow_private = map.BoolOr("allow_private", false);
  way.ca_file = reading.Path(map, "ca_file");
  std::error_code failed;
  if (!way.ca_file.empty() && !std::filesystem::is_regular_file(way.ca_file, failed)) {
    map.Complain(map.Optional("ca_file")->mark,
                 fmt::format("ca_file: there is no file {}", way.ca_file.string()));
  }
  ReadProxy(map, reading, way);
  return way;
}

std::vector<HttpUrl> ReadUrls(YamlMap& map, const SinkReading& reading, const HttpWay& way) {
  const Yaml* node = map.Required("url");
  std::vector<HttpUrl> urls;
  for (const std::string& text : reading.Texts(map, "url")) {
    auto url = ParseHttpUrl(text);
    auto good = url ? CheckUrl(*url, way) : Result<void>(url.error());
    if (!good) {
      map.Complain(node->mark, "url " + good.error().message);
      return {};
    }
    urls.push_back(*std::move(url));
  }
  return urls;
}

std::optional<HttpUrl> ReadSecretUrl(YamlMap& map, const SinkReading& reading, HttpWay& way) {
  const Yaml* node = map.Required("url_file");
  const std::string text = reading.Secret(map, "url_file");
  if (text.empty()) return std::nullopt;
  auto url = ParseHttpUrl(text);
  auto good = url ? CheckUrl(*url, way) : Result<void>(url.error());
  if (!good) {
    map.Complain(node->mark, "url_file: what it holds " + good.error().message);
    return std::nullopt;
  }
  KeepSecret(url->target, way.secrets);
  return *std::move(url);
}

}  // namespace vdiwatch::server::alert
