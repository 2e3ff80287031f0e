#include "collector/tls_stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/digest.h"

namespace vdiwatch::collector {

// What OpenSSL reads from and writes to.
struct TlsStream::Wire {
  int socket;
  std::string ahead;
  std::size_t used = 0;
  bool at_end = false;

  static int Read(BIO* bio, char* into, int size);
  static int Write(BIO* bio, const char* bytes, int size);
  static long Control(BIO* bio, int command, long number, void* pointer);
  static const BIO_METHOD* Method();

  int TakeAhead(char* into, int size);
};

namespace {

bool IsTemporary(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

int TlsStream::Wire::TakeAhead(char* into, int size) {
  std::size_t count = std::min<std::size_t>(static_cast<std::size_t>(size), ahead.size() - used);
  std::memcpy(into, ahead.data() + used, count);
  used += count;
  if (used == ahead.size()) {
    ahead = std::string();
    used = 0;
  }
  return static_cast<int>(count);
}

int TlsStream::Wire::Read(BIO* bio, char* into, int size) {
  auto* wire = static_cast<Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (!wire->ahead.empty()) return wire->TakeAhead(into, size);
  ssize_t count = ::recv(wire->socket, into, static_cast<std::size_t>(size), 0);
  if (count < 0 && IsTemporary(errno)) BIO_set_retry_read(bio);
  if (count == 0) wire->at_end = true;
  return static_cast<int>(count);
}

// Not write(2): a peer that is gone must not raise SIGPIPE.
int TlsStream::Wire::Write(BIO* bio, const char* bytes, int size) {
  auto* wire = static_cast<Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  ssize_t count = ::send(wire->socket, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (count < 0 && IsTemporary(errno)) BIO_set_retry_write(bio);
  return static_cast<int>(count);
}

long TlsStream::Wire::Control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return static_cast<Wire*>(BIO_get_data(bio))->at_end ? 1 : 0;
  return 0;
}

const BIO_METHOD* TlsStream::Wire::Method() {
  static const auto kMethod = [] {
    std::unique_ptr<BIO_METHOD, FreeBy<BIO_meth_free>> method(
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "agent socket"));
    BIO_meth_set_read(method.get(), Read);
    BIO_meth_set_write(method.get(), Write);
    BIO_meth_set_ctrl(method.get(), Control);
    return method;
  }();
  return kMethod.get();
}

TlsStream::TlsStream(SSL_CTX* context, int socket, std::string ahead)
    : wire_(new Wire{socket, std::move(ahead)}), ssl_(SSL_new(context)) {
  BIO* bio = BIO_new(Wire::Method());
  if (!ssl_ || !bio) {
    BIO_free_all(bio);
    ssl_.reset();
    return;
  }
  BIO_set_data(bio, wire_.get());
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_accept_state(ssl_.get());
}

TlsStream::~TlsStream() {
  // Without this OpenSSL takes a peer that left without saying so for an attack, and forgets the
  // session it wants to resume next time.
  if (ssl_ && SSL_is_init_finished(ssl_.get())) {
    SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  }
}

TlsStream::State TlsStream::Outcome(int result) {
  if (result > 0) return State::kDone;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return State::kWantRead;
    case SSL_ERROR_WANT_WRITE:
      return State::kWantWrite;
    default:
      return State::kClosed;
  }
}

TlsStream::State TlsStream::Handshake() {
  if (!ssl_) return State::kClosed;
  ERR_clear_error();
  return Outcome(SSL_do_handshake(ssl_.get()));
}

TlsStream::State TlsStream::Read(std::span<char> into, std::size_t& count) {
  ERR_clear_error();
  return Outcome(SSL_read_ex(ssl_.get(), into.data(), into.size(), &count));
}

TlsStream::State TlsStream::Write(std::string_view bytes, std::size_t& count) {
  ERR_clear_error();
  return Outcome(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count));
}

void TlsStream::SendClose() {
  ERR_clear_error();
  if (ssl_ && SSL_is_init_finished(ssl_.get())) SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

std::optional<PeerCertificate> TlsStream::Peer() const {
  X509* certificate = SSL_get0_peer_certificate(ssl_.get());
  if (!certificate) return std::nullopt;
  return PeerCertificate{Sha256(KeyDer(X509_get_X509_PUBKEY(certificate))),
                         ToTime(X509_get0_notAfter(certificate))};
}

}  // namespace vdiwatch::collector
