#include "collector/front_socket.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace vdiwatch::collector {
namespace {

union Address {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

std::optional<Address> Parse(const std::string& text, std::uint16_t port) {
  Address address{};
  if (inet_pton(AF_INET, text.c_str(), &address.v4.sin_addr) == 1) {
    address.v4.sin_family = AF_INET;
    address.v4.sin_port = htons(port);
    return address;
  }
  if (inet_pton(AF_INET6, text.c_str(), &address.v6.sin6_addr) == 1) {
    address.v6.sin6_family = AF_INET6;
    address.v6.sin6_port = htons(port);
    return address;
  }
  return std::nullopt;
}

socklen_t SizeOf(const Address& address) {
  return address.any.sa_family == AF_INET ? sizeof address.v4 : sizeof address.v6;
}

// IPv4 inside IPv6 is written as IPv4, so that a client has one name.
std::string IpText(const Address& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.any.sa_family == AF_INET) {
    inet_ntop(AF_INET, &address.v4.sin_addr, text, sizeof text);
  } else if (IN6_IS_ADDR_V4MAPPED(&address.v6.sin6_addr)) {
    inet_ntop(AF_INET, &address.v6.sin6_addr.s6_addr[12], text, sizeof text);
  } else {
    inet_ntop(AF_INET6, &address.v6.sin6_addr, text, sizeof text);
  }
  return text;
}

Error CannotListen(const std::string& address, std::uint16_t port, int error) {
  std::string why = error == EADDRINUSE ? "address in use" : std::strerror(error);
  bool is_v6 = address.find(':') != std::string::npos;
  return Unavailable(is_v6 ? fmt::format("cannot listen on [{}]:{}: {}", address, port, why)
                           : fmt::format("cannot listen on {}:{}: {}", address, port, why));
}

}  // namespace

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<Socket> Listen(const std::string& address, std::uint16_t port) {
  std::optional<Address> where = Parse(address, port);
  if (!where) return Invalid(fmt::format("cannot listen on '{}': it is no IP address", address));
  Socket socket(::socket(where->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  int yes = 1;
  ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  bool listening = socket.descriptor() >= 0 &&
                   ::bind(socket.descriptor(), &where->any, SizeOf(*where)) == 0 &&
                   ::listen(socket.descriptor(), SOMAXCONN) == 0;
  if (!listening) return CannotListen(address, port, errno);
  return socket;
}

std::uint16_t PortOf(const Socket& listening) {
  Address address{};
  socklen_t size = sizeof address;
  ::getsockname(listening.descriptor(), &address.any, &size);
  return ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
}

Accepted Accept(const Socket& listening) {
  Address address{};
  socklen_t size = sizeof address;
  Socket socket(
      ::accept4(listening.descriptor(), &address.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket.descriptor() < 0) return {std::move(socket), {}, errno};
  int yes = 1;
  ::setsockopt(socket.descriptor(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return {std::move(socket), IpText(address), 0};
}

std::uint64_t RaiseFileLimit(std::uint64_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  if (limit.rlim_cur >= wanted) return limit.rlim_cur;
  rlimit raised{std::min<rlim_t>(wanted, limit.rlim_max), limit.rlim_max};
  return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

}  // namespace vdiwatch::collector
