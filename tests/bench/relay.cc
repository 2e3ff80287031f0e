#include "tests/bench/relay.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "collector/front_socket.h"

namespace vdiwatch::bench {
namespace {

using collector::Socket;

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Passes on what has come; false at the end of that direction.
bool PassOn(int from, int to) {
  char buffer[16384];
  ssize_t count = ::recv(from, buffer, sizeof buffer, 0);
  if (count <= 0) return false;
  for (ssize_t sent = 0; sent < count;) {
    ssize_t now = ::send(to, buffer + sent, static_cast<std::size_t>(count - sent), MSG_NOSIGNAL);
    if (now <= 0) return false;
    sent += now;
  }
  return true;
}

// Until both sides have closed theirs.
void PassBetween(int client, int server) {
  const int ends[] = {client, server};
  pollfd watched[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
  for (int open = 2; open > 0;) {
    if (::poll(watched, 2, -1) < 0 && errno != EINTR) return;
    for (int i : {0, 1}) {
      if (watched[i].revents == 0 || PassOn(ends[i], ends[1 - i])) continue;
      ::shutdown(ends[1 - i], SHUT_WR);
      watched[i] = {-1, 0, 0};
      --open;
    }
  }
}

Traffic TrafficOf(int client) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(client, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {};
  return {.up_bytes = info.tcpi_bytes_received,
          .down_bytes = info.tcpi_bytes_acked,
          .up_segments = info.tcpi_segs_in,
          .down_segments = info.tcpi_segs_out};
}

}  // namespace

Result<void> Relay(std::uint16_t port, const std::function<void(std::uint16_t)>& listening,
                   const std::function<bool(const Traffic&)>& closed) {
  ASSIGN_OR_RETURN(Socket front, collector::Listen("127.0.0.1", 0));
  listening(collector::PortOf(front));
  const sockaddr_in behind = Loopback(port);
  for (;;) {
    pollfd waiting{front.descriptor(), POLLIN, 0};
    ::poll(&waiting, 1, -1);
    Socket client(::accept4(front.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
    if (client.descriptor() < 0) continue;
    Socket server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(server.descriptor(), reinterpret_cast<const sockaddr*>(&behind), sizeof behind) !=
        0) {
      return Unavailable(std::string("cannot connect to the collector: ") + std::strerror(errno));
    }
    PassBetween(client.descriptor(), server.descriptor());
    if (!closed(TrafficOf(client.descriptor()))) return {};
  }
}

}  // namespace vdiwatch::bench
