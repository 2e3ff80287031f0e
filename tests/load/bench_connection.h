#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "collector/front_socket.h"
#include "collector/tls_pem.h"

namespace vdiwatch::sim {

using SteadyTime = std::chrono::steady_clock::time_point;
using SessionPtr = std::shared_ptr<SSL_SESSION>;

// Begins to connect to a port of loopback, from one of a hundred addresses in 127.0.0.0/8, so that
// ports do not run out. Without a descriptor if that is not possible.
collector::Socket ConnectOnLoopback(std::uint16_t port, unsigned int number);

// One TLS connection to a port of loopback that asks one thing at a time, and never blocks: the
// owner waits for `fd` to become what the last Advance said, then calls it again. One thread.
class BenchConnection {
 public:
  enum class State { kWantRead, kWantWrite, kAnswered, kFailed };

  // Begins to connect; `session`, if any, is offered for resumption.
  BenchConnection(std::uint16_t port, SSL_CTX* context, const SessionPtr& session,
                  unsigned int number);
  ~BenchConnection();
  BenchConnection(const BenchConnection&) = delete;
  BenchConnection& operator=(const BenchConnection&) = delete;

  // The request to send, on a connection that is new or has answered.
  void Ask(std::string request);
  State Advance();

  int fd() const { return socket_.descriptor(); }
  int status() const { return status_; }  // of the newest answer
  bool resumed() const { return ssl_ && SSL_session_reused(ssl_.get()) == 1; }
  bool open() const { return open_; }  // whether the answer left the connection open
  SessionPtr TakeSession() const;      // for the next connection; null if there is none

 private:
  State Wanted(int result);
  State Receive();
  bool TakeAnswer();

  collector::Socket socket_;
  collector::SslPtr ssl_;
  std::string out_, in_;
  std::size_t written_ = 0;
  int status_ = 0;
  bool open_ = true;
};

}  // namespace vdiwatch::sim
