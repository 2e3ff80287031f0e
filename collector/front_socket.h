#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"

namespace vdiwatch::collector {

// An open socket; closed when it goes.
class Socket {
 public:
  explicit Socket(int descriptor = -1) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Socket();

  int descriptor() const { return descriptor_; }
  int Release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

// Listens, non-blocking, on a numeric IPv4 or IPv6 address; port 0 takes any free one.
// Error: unavailable, "cannot listen on 127.0.0.1:7443: address in use".
Result<Socket> Listen(const std::string& address, std::uint16_t port);
std::uint16_t PortOf(const Socket& listening);

// One accepted connection, non-blocking and without Nagle's delay; or the errno of why not.
struct Accepted {
  Socket socket;
  std::string remote_ip;
  int error = 0;
};
Accepted Accept(const Socket& listening);

// Makes room for this many open files; returns how many there may be now.
std::uint64_t RaiseFileLimit(std::uint64_t wanted);

}  // namespace vdiwatch::collector
