#include "tests/agent/tls_server.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/StreamCopier.h>
#include <openssl/ssl.h>

#include "agent/openssl.h"

namespace vdiwatch::agent {
namespace {

namespace net = Poco::Net;

std::string PeerOf(net::HTTPServerRequest& request) {
  net::SecureStreamSocket socket(dynamic_cast<net::HTTPServerRequestImpl&>(request).socket());
  return socket.havePeerCertificate() ? socket.peerCertificate().subjectName() : "";
}

class Answering : public net::HTTPRequestHandler {
 public:
  explicit Answering(const TlsServer::Handler& handler) : handler_(handler) {}

  void handleRequest(net::HTTPServerRequest& request, net::HTTPServerResponse& response) override {
    SeenRequest seen;
    seen.target = request.getURI();
    Poco::StreamCopier::copyToString(request.stream(), seen.body);
    std::string authorization = request.get("Authorization", "");
    if (authorization.starts_with("Bearer ")) seen.bearer = authorization.substr(7);
    seen.peer = PeerOf(request);
    ServedReply reply = handler_(seen);
    response.setStatus(static_cast<net::HTTPResponse::HTTPStatus>(reply.status));
    if (!reply.retry_after.empty()) response.set("Retry-After", reply.retry_after);
    if (!reply.keep_alive) response.setKeepAlive(false);
    response.sendBuffer(reply.body.data(), reply.body.size());
  }

 private:
  const TlsServer::Handler& handler_;
};

class Factory : public net::HTTPRequestHandlerFactory {
 public:
  explicit Factory(TlsServer::Handler handler) : handler_(std::move(handler)) {}
  net::HTTPRequestHandler* createRequestHandler(const net::HTTPServerRequest&) override {
    return new Answering(handler_);
  }

 private:
  TlsServer::Handler handler_;
};

net::Context::Ptr ServerContext(const Authority& authority, const Authority::Server& certificate,
                                bool tls_1_2_only, Time now) {
  net::Context::Params params;
  params.verificationMode = net::Context::VERIFY_RELAXED;
  params.loadDefaultCAs = false;
  net::Context::Ptr context(new net::Context(net::Context::TLS_SERVER_USE, params));
  SSL_CTX* raw = context->sslContext();
  if (tls_1_2_only) SSL_CTX_set_max_proto_version(raw, TLS1_2_VERSION);
  std::vector<CertificatePtr> chain = CertificatesFromPem(certificate.certificate);
  SSL_CTX_use_certificate(raw, chain[0].get());
  for (std::size_t i = 1; i < chain.size(); ++i) SSL_CTX_add1_chain_cert(raw, chain[i].get());
  SSL_CTX_use_PrivateKey(raw, KeyFromPem(certificate.key).get());
  X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(raw), static_cast<time_t>(ToUnix(now)));
  CertificatePtr ca = CertificateFromPem(authority.certificate());
  X509_STORE_add_cert(SSL_CTX_get_cert_store(raw), ca.get());
  context->enableSessionCache(true, "vdiwatch test");
  return context;
}

}  // namespace

TlsServer::TlsServer(const Authority& authority, Authority::Server certificate, Handler handler,
                     Time now, bool tls_1_2_only) {
  net::SecureServerSocket socket(net::SocketAddress("127.0.0.1", 0), 16,
                                 ServerContext(authority, certificate, tls_1_2_only, now));
  port_ = socket.address().port();
  auto params = Poco::makeAuto<net::HTTPServerParams>();
  params->setKeepAlive(true);
  server_ = std::make_unique<net::HTTPServer>(
      net::HTTPRequestHandlerFactory::Ptr(new Factory(std::move(handler))), socket, params);
  server_->start();
}

TlsServer::~TlsServer() { server_->stopAll(true); }

}  // namespace vdiwatch::agent
