#include "server/alert/http_connection.h"

#include <Poco/Crypto/OpenSSLInitializer.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/DNS.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "base/text.h"
#include "server/alert/address_guard.h"

namespace vdiwatch::server::alert {
namespace {

namespace net = Poco::Net;

constexpr std::size_t kMostAddresses = 4;

std::vector<net::IPAddress> Resolve(const std::string& host) {
  net::IPAddress address;
  if (net::IPAddress::tryParse(host, address)) return {address};
  std::vector<net::IPAddress> distinct;
  const net::HostEntry entry = net::DNS::hostByName(host);
  for (const net::IPAddress& one : entry.addresses()) {
    if (std::ranges::find(distinct, one) == distinct.end()) distinct.push_back(one);
  }
  if (distinct.empty()) throw net::HostNotFoundException(host);
  return distinct;
}

Result<std::vector<net::IPAddress>> CheckedAddresses(const std::string& host, bool allow_private) {
  std::vector<net::IPAddress> checked;
  std::string refused;
  for (const net::IPAddress& address : Resolve(host)) {
    const std::string text = address.toString();
    const auto why = WhyRefused(text, allow_private);
    if (!why) {
      checked.push_back(address);
      continue;
    }
    const bool is_private = !WhyRefused(text, true);
    refused = fmt::format("{} is {}{}", text, *why,
                          is_private ? "; `allow_private: true` lets it through" : "");
  }
  if (checked.empty()) return Denied(fmt::format("no request goes to {}: {}", host, refused));
  return checked;
}

// The first that answers.
net::StreamSocket ConnectTo(const std::vector<net::IPAddress>& addresses, std::uint16_t port,
                            Seconds patience) {
  const std::size_t count = std::min(addresses.size(), kMostAddresses);
  const Poco::Timespan each(static_cast<long>(patience.count()) * 1'000'000 /
                            static_cast<long>(2 * count));
  for (std::size_t i = 0;; ++i) {
    net::StreamSocket socket;
    try {
      socket.connect(net::SocketAddress(addresses[i], port), each);
      return socket;
    } catch (const Poco::Exception&) {
      if (i + 1 == count) throw;
    }
  }
}

// A proxy resolves names itself: what can be checked here is an address in the place of a name.
Result<void> CheckBehindProxy(const HttpUrl& url, const HttpWay& way) {
  const auto why = WhyHostRefused(url.host, way.allow_private);
  if (!why) return {};
  return Denied(fmt::format("no request goes to {}: it is {}", url.host, *why));
}

net::StreamSocket AskForWay(const net::StreamSocket& proxy, const HttpUrl& url,
                            const HttpWay& way) {
  net::HTTPClientSession session(proxy);
  session.setKeepAlive(true);
  // CONNECT wants the port even where it is the usual one (RFC 9110 section 9.3.6).
  const std::string place = Authority(url) + (url.port == 443 ? ":443" : "");
  net::HTTPRequest request(net::HTTPRequest::HTTP_CONNECT, place, net::HTTPMessage::HTTP_1_1);
  request.set("Host", place);
  if (!way.proxy_authorization.empty()) {
    request.set("Proxy-Authorization", way.proxy_authorization);
  }
  session.sendRequest(request);
  net::HTTPResponse response;
  session.receiveResponse(response);
  if (response.getStatus() != net::HTTPResponse::HTTP_OK) {
    throw net::HTTPException(fmt::format("the proxy {} answers {} {}", Origin(*way.proxy),
                                         static_cast<int>(response.getStatus()),
                                         Printable(response.getReason(), 80)));
  }
  return session.detachSocket();
}

// Takes the place of OpenSSL's own verification to learn what was wrong: Poco hands on no more than
// "certificate verify failed".
int Verify(X509_STORE_CTX* store, void* argument) {
  const int verified = X509_verify_cert(store);
  if (verified != 1) {
    static_cast<TlsFinding*>(argument)->problem =
        X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
  }
  return verified;
}

// Poco counts its contexts without a lock and takes OpenSSL down when the count reaches zero
// (https://github.com/pocoproject/poco/pull/1740): one count is never given back.
void HoldOpenSsl() {
  static const bool held = (Poco::Crypto::OpenSSLInitializer::initialize(), true);
  static_cast<void>(held);
}

net::Context::Ptr MakeContext(const HttpUrl& url, const HttpWay& way, TlsFinding& finding) {
  HoldOpenSsl();
  net::Context::Params params;
  params.caLocation = way.ca_file.string();
  params.loadDefaultCAs = way.ca_file.empty();
  params.verificationMode = net::Context::VERIFY_STRICT;
  net::Context::Ptr context = new net::Context(net::Context::TLS_CLIENT_USE, params);
  context->requireMinimumProtocol(net::Context::PROTO_TLSV1_2);
  SSL_CTX* raw = context->sslContext();
  SSL_CTX_set_cert_verify_callback(raw, Verify, &finding);
  X509_VERIFY_PARAM* param = SSL_CTX_get0_param(raw);
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (X509_VERIFY_PARAM_set1_ip_asc(param, url.host.c_str()) != 1) {
    X509_VERIFY_PARAM_set1_host(param, url.host.c_str(), url.host.size());
  }
  return context;
}

}  // namespace

Result<net::StreamSocket> ReachReceiver(const HttpUrl& url, const HttpWay& way) {
  if (way.proxy) {
    RETURN_IF_ERROR(CheckBehindProxy(url, way));
    return ConnectTo(Resolve(way.proxy->host), way.proxy->port, way.patience);
  }
  ASSIGN_OR_RETURN(const auto addresses, CheckedAddresses(url.host, way.allow_private));
  return ConnectTo(addresses, url.port, way.patience);
}

net::StreamSocket Secure(const net::StreamSocket& reached, const HttpUrl& url, const HttpWay& way,
                         TlsFinding& finding) {
  const net::StreamSocket open = way.proxy ? AskForWay(reached, url, way) : reached;
  return net::SecureStreamSocket::attach(open, url.host, MakeContext(url, way, finding));
}

}  // namespace vdiwatch::server::alert
