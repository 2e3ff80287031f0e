#include "agent/gather/imds.h"

#include <gtest/gtest.h>
#include <winsock2.h>

#include <functional>
#include <string>
#include <thread>

namespace vdiwatch::agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr const char* kInstance =
    R"({"compute":{"vmSize":"Standard_D4s_v5","vmId":"0f","name":"vm-anna"}})";

// A TCP server on loopback, which does with its one connection what the test says.
class LocalServer {
 public:
  explicit LocalServer(std::function<void(SOCKET)> serve) : serve_(std::move(serve)) {
    WSADATA data{};
    EXPECT_EQ(::WSAStartup(MAKEWORD(2, 2), &data), 0);
    listening_ = ::socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    int size = sizeof address;
    bool listens = ::bind(listening_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                   ::listen(listening_, 1) == 0 &&
                   ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    EXPECT_TRUE(listens);
    port_ = ::ntohs(address.sin_port);
    thread_ = std::thread([this] {
      SOCKET client = ::accept(listening_, nullptr, nullptr);
      serve_(client);
      ::closesocket(client);
    });
  }
  ~LocalServer() {
    thread_.join();
    ::closesocket(listening_);
    ::WSACleanup();
  }
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  std::function<void(SOCKET)> serve_;
  SOCKET listening_ = INVALID_SOCKET;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

std::string Request(SOCKET client) {
  std::string request;
  char buffer[1024];
  while (request.find("\r\n\r\n") == std::string::npos) {
    int count = ::recv(client, buffer, sizeof buffer, 0);
    if (count <= 0) break;
    request.append(buffer, static_cast<std::size_t>(count));
  }
  return request;
}
void Send(SOCKET client, const std::string& text) {
  ::send(client, text.data(), static_cast<int>(text.size()), 0);
}
void AwaitItsEnd(SOCKET client) {
  char byte;
  while (::recv(client, &byte, 1, 0) > 0) {
  }
}

Reading Ask(std::uint16_t port, milliseconds patience = std::chrono::seconds(30)) {
  return ReadAzureMetadata({.address = "127.0.0.1", .port = port, .patience = patience});
}
std::string WhyNot(const Reading& reading) {
  const auto* missing = std::get_if<MissingReading>(&reading);
  return missing && missing->why == Missing::kFailed ? missing->detail : "";
}
std::string Text(const Reading& reading) {
  const auto* text = std::get_if<TextReading>(&reading);
  return text ? text->text : "";
}

TEST(AzureMetadataTest, IsAskedAsTheServiceDemands) {
  std::string request;
  {
    LocalServer server([&](SOCKET client) {
      request = Request(client);
      Send(client,
           std::string("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n") + kInstance);
    });
    std::string text = Text(Ask(server.port()));
    EXPECT_NE(text.find("Standard_D4s_v5"), std::string::npos);
    EXPECT_EQ(text.find("vm-anna"), std::string::npos);
  }
  EXPECT_TRUE(request.starts_with("GET /metadata/instance?api-version=")) << request;
  EXPECT_NE(request.find("\r\nMetadata: true\r\n"), std::string::npos) << request;
}

TEST(AzureMetadataTest, EndsWithTheBodyOfAServiceThatStaysConnected) {
  LocalServer server([](SOCKET client) {
    Request(client);
    Send(client,
         "HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(std::string(kInstance).size()) +
             "\r\nContent-Type: application/json\r\n\r\n" + kInstance);
    AwaitItsEnd(client);
  });
  EXPECT_NE(Text(Ask(server.port())).find("Standard_D4s_v5"), std::string::npos);
}

TEST(AzureMetadataTest, GivesASilentServiceUp) {
  LocalServer server([](SOCKET client) { AwaitItsEnd(client); });
  const auto start = steady_clock::now();
  EXPECT_EQ(WhyNot(Ask(server.port(), milliseconds(100))), "the service did not answer in time");
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(10));
}

TEST(AzureMetadataTest, AnAnswerWithoutEndIsTooLarge) {
  LocalServer server([](SOCKET client) {
    Request(client);
    Send(client, std::string(100 << 10, 'x'));
    AwaitItsEnd(client);
  });
  EXPECT_EQ(WhyNot(Ask(server.port())), "the service's answer is too large");
}

TEST(AzureMetadataTest, ARefusedConnectionEndsAtOnce) {
  std::uint16_t port = 0;
  {
    LocalServer server([](SOCKET) {});
    port = server.port();
    EXPECT_NE(WhyNot(Ask(port)), "");
  }
  const auto start = steady_clock::now();
  EXPECT_EQ(WhyNot(Ask(port, std::chrono::seconds(30))), "the service cannot be reached");
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(20));
}

}  // namespace
}  // namespace vdiwatch::agent
