#include "agent/proxy.h"

#include <Poco/Exception.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/URI.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace vdiwatch::agent {
namespace {

constexpr std::string_view kHttp = "http://";

Error NoProxy(const std::string& source) {
  return Invalid(fmt::format("{}: is no proxy such as http://proxy.example:3128", source));
}

// "http://host:port", or without "http://" as systems write it. Says nothing of what it read: that
// may hold a password.
Result<ProxyChoice> ParseAddress(std::string_view text, std::string source) {
  std::string address(Trim(text));
  if (address.find('@') != address.npos) {
    return Invalid(fmt::format(
        "{}: holds a user name or a password; the agent reports for a machine and has none to "
        "give: let the proxy pass the collector's address without",
        source));
  }
  if (address.find("://") == address.npos) address.insert(0, kHttp);
  try {
    Poco::URI uri(address);
    bool good = uri.getScheme() == "http" && !uri.getHost().empty() && uri.getPort() != 0 &&
                uri.getPathEtc().size() <= 1;
    if (!good) return NoProxy(source);
    return ProxyChoice{uri.getHost(), uri.getPort(), std::move(source)};
  } catch (const Poco::Exception&) {
    return NoProxy(source);
  }
}

// "10.0.0.0/8" and "10.1.2.3".
bool IsInNetwork(const std::string& host, std::string_view network) {
  std::size_t slash = std::min(network.find('/'), network.size());
  std::int64_t bits =
      ParseInteger(network.substr(std::min(slash + 1, network.size()))).value_or(-1);
  Poco::Net::IPAddress address, base;
  if (bits < 0 || bits > 32 || !Poco::Net::IPAddress::tryParse(host, address) ||
      !Poco::Net::IPAddress::tryParse(std::string(network.substr(0, slash)), base) ||
      address.family() != Poco::Net::IPAddress::IPv4 || base.family() != address.family()) {
    return false;
  }
  Poco::Net::IPAddress mask(static_cast<unsigned>(bits), Poco::Net::IPAddress::IPv4);
  return (address & mask) == (base & mask);
}

// One entry of NO_PROXY; a domain counts for what is below it, with or without its leading dot.
bool Excepts(std::string_view entry, const CollectorAddress& collector) {
  entry = Trim(entry);
  std::size_t colon = entry.rfind(':');
  if (colon != entry.npos && entry.find(':') == colon) {
    if (ParseInteger(entry.substr(colon + 1)) != collector.port) return false;
    entry = entry.substr(0, colon);
  }
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  if (entry == "*") return true;
  if (entry.starts_with('.')) entry.remove_prefix(1);
  if (entry.empty()) return false;
  std::string host = ToLower(collector.host), name = ToLower(entry);
  return host == name || host.ends_with("." + name) || IsInNetwork(collector.host, entry);
}

// Whether '*' in the pattern can stand for what makes them equal; both in lower case.
bool Matches(std::string_view pattern, std::string_view text) {
  std::size_t at = 0, star = pattern.npos, resume = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      resume = i;
    } else if (at < pattern.size() && pattern[at] == text[i]) {
      ++at, ++i;
    } else if (star != pattern.npos) {  // the newest star takes one more
      at = star + 1;
      i = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == pattern.npos;
}

std::vector<std::string> Words(std::string_view list) {
  std::string spaced(list);
  std::ranges::replace(spaced, ';', ' ');
  std::vector<std::string> words;
  for (std::string_view word : Split(spaced, ' ')) {
    if (!Trim(word).empty()) words.emplace_back(Trim(word));
  }
  return words;
}

bool IsBypassed(std::string_view bypass, const std::string& host) {
  return std::ranges::any_of(Words(bypass), [&](const std::string& word) {
    if (word == "<local>") return host.find_first_of(".:") == host.npos;
    return Matches(ToLower(word), ToLower(host));
  });
}

}  // namespace

std::string ToString(const ProxyChoice& choice) {
  bool ipv6 = choice.host.find(':') != std::string::npos;
  return fmt::format("http://{}{}{}:{}", ipv6 ? "[" : "", choice.host, ipv6 ? "]" : "",
                     choice.port);
}

Result<void> CheckProxy(const std::string& setting) {
  if (setting == "none" || setting == "system") return {};
  auto address = ParseAddress(setting, "'proxy'");
  if (address && ToLower(setting).starts_with(kHttp)) return {};
  if (!address && setting.find('@') != setting.npos) return address.error();
  return Invalid(
      fmt::format("'{}' is not 'system', 'none' or an address such as http://proxy.example:3128",
                  Printable(setting, 80)));
}

Result<ProxyChoice> ChooseProxy(const std::string& setting, const CollectorAddress& collector) {
  if (setting.empty() || setting == "none") return ProxyChoice{};
  if (setting == "system") return SystemProxy(collector);
  return ParseAddress(setting, "the setting 'proxy'");
}

Result<ProxyChoice> ProxyOfEnvironment(const CollectorAddress& collector,
                                       const std::string& https_proxy, std::string_view no_proxy) {
  if (Trim(https_proxy).empty()) return ProxyChoice{};
  for (std::string_view entry : Split(no_proxy, ',')) {
    if (Excepts(entry, collector)) return ProxyChoice{};
  }
  return ParseAddress(https_proxy, "HTTPS_PROXY of the environment");
}

Result<ProxyChoice> ProxyOfLists(const CollectorAddress& collector, std::string_view proxies,
                                 std::string_view bypass, std::string source) {
  if (IsBypassed(bypass, collector.host)) return ProxyChoice{};
  std::string chosen;
  for (const std::string& word : Words(proxies)) {
    std::size_t equals = word.find('=');
    if (equals == word.npos) {
      if (chosen.empty()) chosen = word;
    } else if (ToLower(word.substr(0, equals)) == "https") {
      chosen = word.substr(equals + 1);
      break;
    }
  }
  if (chosen.empty()) return ProxyChoice{};
  return ParseAddress(chosen, std::move(source));
}

}  // namespace vdiwatch::agent
