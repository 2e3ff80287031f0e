#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/config.h"
#include "base/result.h"

namespace vdiwatch::agent {

// Where HTTP CONNECT goes to on the way to the collector, and who said so; no host: straight there.
struct ProxyChoice {
  std::string host;
  std::uint16_t port = 0;
  std::string source;  // "the setting 'proxy'", "HTTPS_PROXY of the environment", …
};
std::string ToString(const ProxyChoice& choice);  // "http://host:port"

// By the setting, which ParseProxy found good; asks the system if it says so, which may block while
// Windows looks for a proxy. Invalid: the system names one that cannot be used.
Result<ProxyChoice> ChooseProxy(const std::string& setting, const CollectorAddress& collector);

// What is wrong with a value of the setting `proxy`; never repeats it where it holds a password.
Result<void> CheckProxy(const std::string& setting);

// --- What systems write about proxies, as pure functions ---

// The environment's variables, as curl and most programs read them: NO_PROXY holds `*`, or names,
// domains, addresses and IPv4 networks with commas between.
Result<ProxyChoice> ProxyOfEnvironment(const CollectorAddress& collector,
                                       const std::string& https_proxy, std::string_view no_proxy);

// WinHTTP's lists: "proxy:8080" or "http=a:1;https=b:2", and "<local>;*.corp.example;10.1.*".
Result<ProxyChoice> ProxyOfLists(const CollectorAddress& collector, std::string_view proxies,
                                 std::string_view bypass, std::string source);

// --- What differs between operating systems (proxy_*.cc) ---

Result<ProxyChoice> SystemProxy(const CollectorAddress& collector);

}  // namespace vdiwatch::agent
