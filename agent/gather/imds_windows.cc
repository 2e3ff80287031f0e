#include <winsock2.h>
// After winsock2.h, which must come first.
#include <ws2tcpip.h>

#include <chrono>
#include <string>

#include "agent/gather/imds.h"
#include "agent/gather/terms_windows.h"

namespace vdiwatch::agent {
namespace {

using std::chrono::steady_clock;

// Winsock, for as long as this lives.
struct Winsock {
  WSADATA data{};
  int error = ::WSAStartup(MAKEWORD(2, 2), &data);
  Winsock() = default;
  ~Winsock() {
    if (error == 0) ::WSACleanup();
  }
  Winsock(const Winsock&) = delete;
  Winsock& operator=(const Winsock&) = delete;
};

struct Socket {
  SOCKET number = ::WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, nullptr, 0,
                               WSA_FLAG_NO_HANDLE_INHERIT | WSA_FLAG_OVERLAPPED);
  Socket() = default;
  ~Socket() {
    if (number != INVALID_SOCKET) ::closesocket(number);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
};

enum class For { kReading, kWriting };

// Whether the socket became ready before the deadline. select() and not WSAPoll(): that one missed
// refused connections until Windows 10 2004.
bool Await(SOCKET socket, For purpose, steady_clock::time_point deadline) {
  auto left = std::chrono::ceil<std::chrono::microseconds>(deadline - steady_clock::now()).count();
  if (left <= 0) return false;
  timeval time{static_cast<long>(left / 1'000'000), static_cast<long>(left % 1'000'000)};
  fd_set ready, refused;
  FD_ZERO(&ready);
  FD_ZERO(&refused);
  FD_SET(socket, &ready);
  FD_SET(socket, &refused);
  fd_set* reading = purpose == For::kReading ? &ready : nullptr;
  fd_set* writing = purpose == For::kWriting ? &ready : nullptr;
  return ::select(0, reading, writing, &refused, &time) > 0 && FD_ISSET(socket, &ready);
}

bool Connect(SOCKET socket, const MetadataService& service, steady_clock::time_point deadline) {
  u_long non_blocking = 1;
  if (::ioctlsocket(socket, FIONBIO, &non_blocking) != 0) return false;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = ::htons(service.port);
  if (::inet_pton(AF_INET, service.address.c_str(), &address.sin_addr) != 1) return false;
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return true;
  return ::WSAGetLastError() == WSAEWOULDBLOCK && Await(socket, For::kWriting, deadline);
}

Reading Failed(const char* why) { return MissingReading{Missing::kFailed, why}; }

// Until the answer is whole or the service closes.
Reading Receive(SOCKET socket, steady_clock::time_point deadline) {
  std::string response;
  char buffer[4096];
  while (Await(socket, For::kReading, deadline)) {
    int count = ::recv(socket, buffer, sizeof buffer, 0);
    if (count < 0 && ::WSAGetLastError() == WSAEWOULDBLOCK) continue;
    if (count < 0) return Failed("the service broke the connection off");
    response.append(buffer, static_cast<std::size_t>(count));
    if (auto answer = AzureAnswer(response, count == 0)) return *std::move(answer);
  }
  return Failed("the service did not answer in time");
}

}  // namespace

Reading ReadAzureMetadata(const MetadataService& service) {
  const auto deadline = steady_clock::now() + service.patience;
  Winsock winsock;
  if (winsock.error != 0) return MissingBecause(static_cast<unsigned long>(winsock.error));
  Socket socket;
  if (socket.number == INVALID_SOCKET) return MissingBecauseOfLastError();
  if (!Connect(socket.number, service, deadline)) return Failed("the service cannot be reached");
  int sent = ::send(socket.number, kAzureRequest.data(), static_cast<int>(kAzureRequest.size()), 0);
  if (sent != static_cast<int>(kAzureRequest.size())) return Failed("the service does not listen");
  return Receive(socket.number, deadline);
}

}  // namespace vdiwatch::agent
