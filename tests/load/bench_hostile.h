#pragma once

#include <atomic>
#include <thread>

#include "tests/load/bench_seat.h"

namespace vdiwatch::sim {

// What hostile clients do, in four equal parts: they trickle a ClientHello; finish the handshake
// and say nothing; trickle a head; or, with the certificate of a desktop, trickle a body. One byte
// a second each. What the server closes is opened again, at most `opens_per_second` in all.
struct HostileLoad {
  std::size_t connections = 10'000;
  double opens_per_second = 500;
};

// Attacks a port of loopback from a thread of its own until destroyed.
class HostileClients {
 public:
  // The seat lends its certificate; it must outlive this.
  HostileClients(std::uint16_t port, const BenchSeat& seat, HostileLoad load);
  ~HostileClients();

  std::size_t standing() const { return standing_; }  // connections that are open now
  std::int64_t closed() const { return closed_; }     // by the server, so far

 private:
  enum class Kind { kHello, kIdle, kHead, kBody };
  struct Client {
    Kind kind = Kind::kHello;
    collector::Socket socket;
    collector::SslPtr ssl;
    bool open = false;
    bool prepared = false;  // the head of a long body was sent
    SteadyTime next{};
  };

  void Run();
  void Open(Client& client, unsigned int number);
  bool Trickle(Client& client);
  bool SendByte(Client& client);

  const std::uint16_t port_;
  const BenchSeat& seat_;
  const HostileLoad load_;
  collector::SslContextPtr nobody_;  // a client without a certificate
  std::atomic<bool> stop_ = false;
  std::atomic<std::size_t> standing_ = 0;
  std::atomic<std::int64_t> closed_ = 0;
  std::thread thread_;
};

}  // namespace vdiwatch::sim
