#include "tests/collector/front_client.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>

namespace vdiwatch::collector {
namespace {

SslContextPtr ClientContext(const FrontClient::Options& options) {
  ::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to connections that the server has closed
  SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_max_proto_version(context.get(), options.version);
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  auto authority = ReadCertificates(options.ca, "CA");
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority->front().get());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (!options.identity.certificate.empty()) {
    auto certificate = ReadCertificates(options.identity.certificate, "certificate");
    auto key = ReadKey(options.identity.key, "key");
    SSL_CTX_use_certificate(context.get(), certificate->front().get());
    SSL_CTX_use_PrivateKey(context.get(), key->get());
  }
  return context;
}

std::size_t LengthIn(const std::string& head) {
  constexpr std::string_view kField = "Content-Length: ";
  std::size_t at = head.find(kField);
  if (at == std::string::npos) return 0;
  return std::stoul(head.substr(at + kField.size()));
}

}  // namespace

Socket ConnectTo(std::uint16_t port) {
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  timeval patience{20, 0};
  ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.descriptor(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
    return Socket();
  return socket;
}

bool ReadsEnd(const Socket& socket) {
  char scratch[4096];
  for (;;) {
    ssize_t count = ::recv(socket.descriptor(), scratch, sizeof scratch, 0);
    if (count <= 0) return count == 0 || errno == ECONNRESET;
  }
}

FrontClient::FrontClient(std::uint16_t port, const Options& options)
    : socket_(ConnectTo(port)), context_(ClientContext(options)), ssl_(SSL_new(context_.get())) {
  SSL_set_fd(ssl_.get(), socket_.descriptor());
  SSL_set1_host(ssl_.get(), "localhost");
  if (options.session) SSL_set_session(ssl_.get(), options.session);
  connected_ = SSL_connect(ssl_.get()) == 1;
}

FrontClient::~FrontClient() {
  // Without this OpenSSL would call the session bad on our own side.
  if (ssl_) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

bool FrontClient::Send(std::string_view bytes) {
  return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) ==
         static_cast<int>(bytes.size());
}

bool FrontClient::ReadMore() {
  char scratch[4096];
  int count = SSL_read(ssl_.get(), scratch, sizeof scratch);
  if (count > 0) read_.append(scratch, static_cast<std::size_t>(count));
  return count > 0;
}

std::optional<Answer> FrontClient::Receive() {
  std::size_t end;
  while ((end = read_.find("\r\n\r\n")) == std::string::npos) {
    if (!ReadMore()) return std::nullopt;
  }
  Answer answer;
  answer.head = read_.substr(0, end + 2);
  answer.status = std::stoi(answer.head.substr(answer.head.find(' ') + 1, 3));
  std::size_t size = end + 4 + LengthIn(answer.head);
  while (read_.size() < size) {
    if (!ReadMore()) return std::nullopt;
  }
  answer.body = read_.substr(end + 4, size - end - 4);
  read_.erase(0, size);
  return answer;
}

bool FrontClient::AtEnd() { return read_.empty() && !ReadMore(); }

std::optional<Answer> FrontClient::Post(std::string_view target, std::string_view body,
                                        std::string_view more_fields) {
  bool sent =
      Send(fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n{}\r\n{}",
                       target, body.size(), more_fields, body));
  return sent ? Receive() : std::nullopt;
}

}  // namespace vdiwatch::collector
