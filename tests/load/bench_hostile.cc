#include "tests/load/bench_hostile.h"

#include <openssl/err.h>
#include <sys/socket.h>

#include <cerrno>

namespace vdiwatch::sim {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kBetweenBytes{1000};
constexpr std::string_view kHelloStart("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
constexpr std::string_view kHeadStart = "POST /v1/check-in HTTP/1.1\r\nHost: a\r\nX-Slow: ";

// Whether a call that would have to wait is all that went wrong.
bool MustWait(SSL* ssl, int result) {
  int error = SSL_get_error(ssl, result);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

}  // namespace

HostileClients::HostileClients(std::uint16_t port, const BenchSeat& seat, HostileLoad load)
    : port_(port), seat_(seat), load_(load), nobody_(SSL_CTX_new(TLS_client_method())) {
  SSL_CTX_set_verify(nobody_.get(), SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_mode(nobody_.get(), SSL_MODE_RELEASE_BUFFERS);
  thread_ = std::thread([this] { Run(); });
}

HostileClients::~HostileClients() {
  stop_ = true;
  thread_.join();
}

void HostileClients::Run() {
  std::vector<Client> clients(load_.connections);
  for (std::size_t i = 0; i < clients.size(); ++i) clients[i].kind = static_cast<Kind>(i % 4);
  const auto start = steady_clock::now();
  double opened = 0;
  unsigned int number = 0;
  while (!stop_) {
    std::size_t standing = 0;
    for (Client& client : clients) {
      if (stop_) break;
      const auto now = steady_clock::now();
      const double may = std::chrono::duration<double>(now - start).count();
      if (!client.open && opened < may * load_.opens_per_second) {
        Open(client, number++);
        ++opened;
      }
      if (client.open && client.next <= now) {
        client.next = now + kBetweenBytes;
        if (!Trickle(client)) {
          Client fresh;
          fresh.kind = client.kind;
          client = std::move(fresh);
          ++closed_;
        }
      }
      standing += client.open;
    }
    standing_ = standing;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void HostileClients::Open(Client& client, unsigned int number) {
  client.socket = ConnectOnLoopback(port_, number);
  client.open = client.socket.descriptor() >= 0;
  client.next = steady_clock::now();
  if (!client.open || client.kind == Kind::kHello) return;
  client.ssl.reset(SSL_new(client.kind == Kind::kBody ? seat_.context() : nobody_.get()));
  SSL_set_fd(client.ssl.get(), client.socket.descriptor());
  SSL_set_connect_state(client.ssl.get());
}

// Goes on with what this client does; false once the server has closed it.
bool HostileClients::Trickle(Client& client) {
  char byte;
  ssize_t seen = ::recv(client.socket.descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (seen == 0 || (seen < 0 && errno != EAGAIN && errno != ENOTCONN)) return false;
  if (!client.ssl) return SendByte(client);
  ERR_clear_error();
  if (!SSL_is_init_finished(client.ssl.get())) {
    int result = SSL_do_handshake(client.ssl.get());
    // A handshake goes on with the next byte of the wire, not of the trickle.
    client.next = steady_clock::now() + std::chrono::milliseconds(result == 1 ? 0 : 20);
    return result == 1 || MustWait(client.ssl.get(), result);
  }
  char scratch[512];
  int result = SSL_read(client.ssl.get(), scratch, sizeof scratch);  // tickets, refusals
  if (result <= 0 && !MustWait(client.ssl.get(), result)) return false;
  return client.kind == Kind::kIdle || SendByte(client);
}

bool HostileClients::SendByte(Client& client) {
  if (!client.ssl) {
    std::string_view bytes = client.prepared ? "a" : kHelloStart;
    client.prepared = true;
    ssize_t sent =
        ::send(client.socket.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent > 0 || errno == EAGAIN || errno == ENOTCONN;
  }
  std::string bytes = "a";
  if (!client.prepared) {
    bytes = client.kind == Kind::kBody ? seat_.HeadOfALongBody() : std::string(kHeadStart);
  }
  client.prepared = true;
  int result = SSL_write(client.ssl.get(), bytes.data(), static_cast<int>(bytes.size()));
  return result > 0 || MustWait(client.ssl.get(), result);
}

}  // namespace vdiwatch::sim
