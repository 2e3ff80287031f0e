#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>

#include "agent/gather/imds.h"
#include "agent/gather/read_posix.h"

namespace vdiwatch::agent {
namespace {

using std::chrono::steady_clock;

struct Socket {
  int number = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  Socket() = default;
  ~Socket() {
    if (number >= 0) ::close(number);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
};

// Whether the socket became ready before the deadline.
bool Await(int socket, short events, steady_clock::time_point deadline) {
  auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
  pollfd waiting{socket, events, 0};
  return left > 0 && ::poll(&waiting, 1, static_cast<int>(left)) == 1;
}

bool Connect(int socket, const MetadataService& service, steady_clock::time_point deadline) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(service.port);
  if (::inet_pton(AF_INET, service.address.c_str(), &address.sin_addr) != 1) return false;
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return true;
  if (errno != EINPROGRESS || !Await(socket, POLLOUT, deadline)) return false;
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

Reading Failed(const char* why) { return MissingReading{Missing::kFailed, why}; }

// Until the answer is whole or the service closes.
Reading Receive(int socket, steady_clock::time_point deadline) {
  std::string response;
  char buffer[4096];
  while (Await(socket, POLLIN, deadline)) {
    ssize_t count = ::recv(socket, buffer, sizeof buffer, 0);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return Failed("the service broke the connection off");
    response.append(buffer, static_cast<std::size_t>(count));
    if (auto answer = AzureAnswer(response, count == 0)) return *std::move(answer);
  }
  return Failed("the service did not answer in time");
}

}  // namespace

Reading ReadAzureMetadata(const MetadataService& service) {
  const auto deadline = steady_clock::now() + service.patience;
  Socket socket;
  if (socket.number < 0) return MissingBecause(errno);
  if (!Connect(socket.number, service, deadline)) return Failed("the service cannot be reached");
  ssize_t sent = ::send(socket.number, kAzureRequest.data(), kAzureRequest.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(kAzureRequest.size()))
    return Failed("the service does not listen");
  return Receive(socket.number, deadline);
}

}  // namespace vdiwatch::agent
