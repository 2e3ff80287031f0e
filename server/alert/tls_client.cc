#include "server/alert/tls_client.h"

#include <Poco/Net/DNS.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureStreamSocket.h>

namespace vdiwatch::server::alert {

namespace net = Poco::Net;

net::StreamSocket Connect(const std::string& host, std::uint16_t port, Seconds timeout) {
  const Poco::Timespan span(static_cast<long>(timeout.count()), 0);
  const net::HostEntry entry = net::DNS::resolve(host);
  if (entry.addresses().empty()) throw net::HostNotFoundException(host);
  for (std::size_t i = 0;; ++i) {
    net::StreamSocket socket;
    try {
      socket.connect(net::SocketAddress(entry.addresses()[i], port), span);
    } catch (const Poco::Exception&) {
      if (i + 1 == entry.addresses().size()) throw;
      continue;
    }
    socket.setReceiveTimeout(span);
    socket.setSendTimeout(span);
    return socket;
  }
}

net::Context::Ptr ClientTls(const std::filesystem::path& ca_file,
                            const std::filesystem::path& certificate,
                            const std::filesystem::path& key) {
  net::Context::Params params;
  params.caLocation = ca_file.string();
  params.loadDefaultCAs = ca_file.empty();
  params.certificateFile = certificate.string();
  params.privateKeyFile = key.string();
  params.verificationMode = net::Context::VERIFY_STRICT;
  net::Context::Ptr context = new net::Context(net::Context::TLS_CLIENT_USE, params);
  context->requireMinimumProtocol(net::Context::PROTO_TLSV1_2);
  context->enableExtendedCertificateVerification(true);
  return context;
}

net::StreamSocket StartTls(const net::StreamSocket& plain, const std::string& host,
                           const net::Context::Ptr& context) {
  return net::SecureStreamSocket::attach(plain, host, context);
}

}  // namespace vdiwatch::server::alert
