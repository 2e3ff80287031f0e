#include "collector/token.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "base/digest.h"
#include "base/text.h"
#include "collector/collector.h"
#include "policy/typed_name.h"
#include "report/messages.h"

namespace vdiwatch::collector {
namespace {

namespace ip = boost::asio::ip;

template <class Network, class Address>
bool Holds(const Network& network, const Address& address, boost::system::error_code& error) {
  if (error) return false;
  auto alone = Network(address, network.prefix_length());
  return alone.canonical() == network.canonical();
}

// One that agents told of is there, whatever its name; people type no such name.
Result<void> RefuseUnseen(Store& store, std::string_view pool) {
  auto problem = policy::UnseenProblem("a pool's name", pool);
  if (!problem) return {};
  ASSIGN_OR_RETURN(const auto pools, store.Pools());
  if (std::ranges::find(pools, pool, &Pool::name) != pools.end()) return {};
  return Invalid(*std::move(problem));
}

}  // namespace

std::string TokenHash(std::string_view token) { return Sha256(token); }

Result<void> CheckCidr(std::string_view cidr) {
  boost::system::error_code error;
  ip::make_network_v4(std::string(cidr), error);
  if (error) ip::make_network_v6(std::string(cidr), error);
  if (!error) return {};
  return Invalid(fmt::format("'{}' is no address range such as 10.1.0.0/16", Printable(cidr, 60)));
}

bool CidrContains(std::string_view cidr, std::string_view address) {
  boost::system::error_code error;
  auto parsed = ip::make_address(std::string(address), error);
  if (error) return false;
  if (parsed.is_v6() && parsed.to_v6().is_v4_mapped()) {
    parsed = ip::make_address_v4(ip::v4_mapped, parsed.to_v6());
  }
  if (parsed.is_v4()) {
    auto network = ip::make_network_v4(std::string(cidr), error);
    return Holds(network, parsed.to_v4(), error);
  }
  auto network = ip::make_network_v6(std::string(cidr), error);
  return Holds(network, parsed.to_v6(), error);
}

Result<void> CheckToken(const EnrolToken& token, std::string_view remote_ip, Time now) {
  if (token.revoked) return Denied("this enrolment token was revoked");
  if (now >= token.expires_at) {
    return Denied(fmt::format("this enrolment token expired at {}", FormatTime(token.expires_at)));
  }
  if (!token.cidr.empty() && !CidrContains(token.cidr, remote_ip)) {
    return Denied(
        fmt::format("this enrolment token is for {} only, not for {}", token.cidr, remote_ip));
  }
  return {};
}

Result<std::string> CreateEnrolToken(Store& store, const NewToken& wanted, Time now) {
  if (wanted.expires_at <= now) return Invalid("an enrolment token must expire in the future");
  if (wanted.max_uses < 0) {
    return Invalid("the maximum of uses must not be negative; 0 means no limit");
  }
  if (!wanted.cidr.empty()) RETURN_IF_ERROR(CheckCidr(wanted.cidr));
  const std::string& name = wanted.pool;
  if (Trim(name).empty() || name.size() > 128 || !IsUtf8(name) || FindControl(name) ||
      name.find_first_of("\t\n") != std::string::npos) {
    return Invalid("a pool's name must be one line of text, 1 to 128 bytes");
  }
  RETURN_IF_ERROR(RefuseUnseen(store, name));
  ASSIGN_OR_RETURN(Pool pool, store.EnsurePool(name));
  std::string text = std::string(kEnrolTokenPrefix) + Hex(RandomBytes(24));
  EnrolToken token;
  token.hash = TokenHash(text);
  token.pool_id = pool.id;
  token.created_at = now;
  token.expires_at = wanted.expires_at;
  token.max_uses = wanted.max_uses;
  token.cidr = wanted.cidr;
  token.note = wanted.note;
  ASSIGN_OR_RETURN([[maybe_unused]] std::int64_t id, store.SaveEnrolToken(token));
  return text;
}

}  // namespace vdiwatch::collector
