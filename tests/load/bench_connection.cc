#include "tests/load/bench_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/text.h"

namespace vdiwatch::sim {
namespace {

sockaddr_in Address(std::uint32_t ip, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(ip);
  address.sin_port = htons(port);
  return address;
}

std::size_t BodyBytes(std::string_view head) {
  for (std::string_view line : Split(head, '\n')) {
    std::size_t colon = line.find(':');
    if (colon != line.npos && EqualsIgnoreCase(line.substr(0, colon), "Content-Length")) {
      return static_cast<std::size_t>(ParseInteger(Trim(line.substr(colon + 1))).value_or(0));
    }
  }
  return 0;
}

}  // namespace

collector::Socket ConnectOnLoopback(std::uint16_t port, unsigned int number) {
  collector::Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  int yes = 1;
  ::setsockopt(socket.descriptor(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
  ::setsockopt(socket.descriptor(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  auto from = Address(INADDR_LOOPBACK + 1 + number % 100, 0), to = Address(INADDR_LOOPBACK, port);
  (void)::bind(socket.descriptor(), reinterpret_cast<sockaddr*>(&from), sizeof from);
  int result = ::connect(socket.descriptor(), reinterpret_cast<sockaddr*>(&to), sizeof to);
  return result == 0 || errno == EINPROGRESS ? std::move(socket) : collector::Socket();
}

BenchConnection::BenchConnection(std::uint16_t port, SSL_CTX* context, const SessionPtr& session,
                                 unsigned int number)
    : socket_(ConnectOnLoopback(port, number)) {
  if (socket_.descriptor() < 0) return;
  ssl_.reset(SSL_new(context));
  SSL_set_fd(ssl_.get(), socket_.descriptor());
  SSL_set_connect_state(ssl_.get());
  if (session) SSL_set_session(ssl_.get(), session.get());
}

BenchConnection::~BenchConnection() {
  // Leaves no connection behind in TIME_WAIT, of which a long run would have too many.
  linger at_once{1, 0};
  ::setsockopt(socket_.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  // Else OpenSSL would take the session for a broken one, which cannot be resumed.
  if (ssl_) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

void BenchConnection::Ask(std::string request) {
  out_ = std::move(request);
  written_ = 0;
}

BenchConnection::State BenchConnection::Advance() {
  if (!ssl_) return State::kFailed;
  ERR_clear_error();
  while (written_ < out_.size() || !SSL_is_init_finished(ssl_.get())) {
    std::size_t count = 0;
    int result = out_.empty() ? SSL_do_handshake(ssl_.get())
                              : SSL_write_ex(ssl_.get(), out_.data() + written_,
                                             out_.size() - written_, &count);
    if (result <= 0) return Wanted(result);
    written_ += count;
  }
  return out_.empty() ? State::kAnswered : Receive();
}

BenchConnection::State BenchConnection::Wanted(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return State::kWantRead;
    case SSL_ERROR_WANT_WRITE:
      return State::kWantWrite;
    default:
      return State::kFailed;
  }
}

BenchConnection::State BenchConnection::Receive() {
  char buffer[4096];
  for (;;) {
    if (TakeAnswer()) return State::kAnswered;
    std::size_t count = 0;
    int result = SSL_read_ex(ssl_.get(), buffer, sizeof buffer, &count);
    if (result <= 0) return Wanted(result);
    in_.append(buffer, count);
  }
}

// "HTTP/1.1 200 …": one whole answer off the front of what came.
bool BenchConnection::TakeAnswer() {
  std::size_t end = in_.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  std::string_view head = std::string_view(in_).substr(0, end);
  std::size_t size = end + 4 + BodyBytes(head);
  if (in_.size() < size) return false;
  status_ = std::atoi(std::string(head.substr(std::min<std::size_t>(9, head.size()), 3)).c_str());
  open_ = ToLower(head).find("connection: close") == std::string::npos;
  in_.erase(0, size);
  return true;
}

SessionPtr BenchConnection::TakeSession() const {
  SessionPtr session(SSL_get1_session(ssl_.get()), SSL_SESSION_free);
  return session && SSL_SESSION_is_resumable(session.get()) ? session : nullptr;
}

}  // namespace vdiwatch::sim
