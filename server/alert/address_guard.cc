#include "server/alert/address_guard.h"

#include <Poco/Net/IPAddress.h>
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>

#include "base/text.h"
#include "collector/token.h"

namespace vdiwatch::server::alert {
namespace {

struct Range {
  std::string_view cidr;
  std::string_view what;
  bool is_private = false;  // allow_private opens it
};

// The first that holds an address counts. From IANA's registries of special-purpose addresses
// (https://www.iana.org/assignments/iana-ipv4-special-registry/ and …/iana-ipv6-special-registry/)
// and the clouds' documentation of their metadata services.
constexpr Range kRanges[] = {
    // Azure: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
    {"168.63.129.16/32", "a metadata service"},
    // Alibaba Cloud: https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata
    {"100.100.100.200/32", "a metadata service"},
    // AWS: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
    {"fd00:ec2::/32", "a metadata service"},
    // Google Cloud: https://cloud.google.com/compute/docs/metadata/querying-metadata
    {"fd20:ce::254/128", "a metadata service"},
    {"169.254.0.0/16", "a link-local address"},
    {"fe80::/10", "a link-local address"},
    {"127.0.0.0/8", "a loopback address", true},
    {"::1/128", "a loopback address", true},
    {"10.0.0.0/8", "a private address", true},
    {"172.16.0.0/12", "a private address", true},
    {"192.168.0.0/16", "a private address", true},
    {"100.64.0.0/10", "a private address", true},
    {"fc00::/7", "a private address", true},
    {"0.0.0.0/8", "no host's address"},
    {"192.0.0.0/24", "no host's address"},
    {"192.0.2.0/24", "no host's address"},
    {"198.18.0.0/15", "no host's address"},
    {"198.51.100.0/24", "no host's address"},
    {"203.0.113.0/24", "no host's address"},
    {"224.0.0.0/3", "no host's address"},  // multicast, reserved, broadcast
    {"2001::/23", "no host's address"},    // Teredo and other protocols
    {"2001:db8::/32", "no host's address"},
    {"2002::/16", "no host's address"},  // 6to4 hides an IPv4 address
    {"3fff::/20", "no host's address"},
};
constexpr std::string_view kGlobalV6 = "2000::/3";
constexpr std::string_view kNat64 = "64:ff9b::/96";

// The IPv4 address in the last four bytes (RFC 6052).
std::string Embedded(const Poco::Net::IPAddress& address) {
  const auto* bytes = static_cast<const std::uint8_t*>(address.addr());
  return fmt::format("{}.{}.{}.{}", bytes[12], bytes[13], bytes[14], bytes[15]);
}

// As the resolver reads it without asking anybody; empty: it is a name.
std::string NumericAddress(const std::string& host) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return "";
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes =
      found->ai_family == AF_INET6
          ? static_cast<const void*>(&reinterpret_cast<sockaddr_in6*>(found->ai_addr)->sin6_addr)
          : &reinterpret_cast<sockaddr_in*>(found->ai_addr)->sin_addr;
  const bool written = inet_ntop(found->ai_family, bytes, text.data(), text.size()) != nullptr;
  freeaddrinfo(found);
  return written ? text.data() : "";
}

}  // namespace

std::optional<std::string> WhyRefused(std::string_view address, bool allow_private) {
  const std::string text(address);
  Poco::Net::IPAddress parsed;
  if (!Poco::Net::IPAddress::tryParse(text, parsed)) return "no IP address";
  if (collector::CidrContains(kNat64, text)) return WhyRefused(Embedded(parsed), allow_private);
  for (const Range& range : kRanges) {
    if (!collector::CidrContains(range.cidr, text)) continue;
    if (range.is_private && allow_private) return std::nullopt;
    return fmt::format("{} ({})", range.what, range.cidr);
  }
  const bool v6 = parsed.family() == Poco::Net::IPAddress::IPv6 && !parsed.isIPv4Mapped();
  if (v6 && !collector::CidrContains(kGlobalV6, text)) return "no host's address";
  return std::nullopt;
}

std::optional<std::string> WhyHostRefused(std::string_view host, bool allow_private) {
  std::string name = ToLower(host);
  while (name.ends_with('.')) name.pop_back();
  const bool local = name == "localhost" || name.ends_with(".localhost");
  const std::string address = local ? "127.0.0.1" : NumericAddress(name);
  return address.empty() ? std::nullopt : WhyRefused(address, allow_private);
}

}  // namespace vdiwatch::server::alert
