#include "agent/gather/imds.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

namespace vdiwatch::agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr const char* kInstance =
    R"({"compute":{"vmSize":"Standard_D4s_v5","vmId":"0f","name":"vm-anna"}})";

// A TCP server on loopback, which does with each connection what the test says.
class LocalServer {
 public:
  explicit LocalServer(std::function<void(int)> serve)
      : listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), serve_(std::move(serve)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bool listens = ::bind(listening_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                   ::listen(listening_, 8) == 0 &&
                   ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    EXPECT_TRUE(listens);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Accept(); });
  }
  ~LocalServer() {
    ::shutdown(listening_, SHUT_RDWR);  // wakes accept()
    thread_.join();
    ::close(listening_);
  }
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;

  std::uint16_t port() const { return port_; }
  int connections() const { return connections_; }

 private:
  void Accept() {
    for (;;) {
      int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      ++connections_;
      serve_(client);
      ::close(client);
    }
  }

  const int listening_;
  std::uint16_t port_ = 0;
  std::function<void(int)> serve_;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

bool Send(int client, std::string_view bytes) {
  return ::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}
std::string Request(int client) {
  std::string request;
  char buffer[1024];
  while (request.find("\r\n\r\n") == std::string::npos) {
    ssize_t count = ::recv(client, buffer, sizeof buffer, 0);
    if (count <= 0) break;
    request.append(buffer, static_cast<std::size_t>(count));
  }
  return request;
}
void AwaitItsEnd(int client) {
  char byte;
  while (::recv(client, &byte, 1, 0) > 0) {
  }
}

Reading Ask(const LocalServer& server, milliseconds patience = std::chrono::seconds(30)) {
  return ReadAzureMetadata({.address = "127.0.0.1", .port = server.port(), .patience = patience});
}
std::string WhyNot(const Reading& reading) {
  const auto* missing = std::get_if<MissingReading>(&reading);
  return missing && missing->why == Missing::kFailed ? missing->detail : "";
}
std::string Text(const Reading& reading) {
  const auto* text = std::get_if<TextReading>(&reading);
  return text ? text->text : "";
}
std::string Answer(std::string_view body, std::string_view type = "application/json") {
  return "HTTP/1.1 200 OK\r\nContent-Type: " + std::string(type) + "\r\n\r\n" + std::string(body);
}

TEST(AzureMetadataTest, IsAskedAsTheServiceDemands) {
  std::string request;
  LocalServer server([&](int client) {
    request = Request(client);
    Send(client, Answer(kInstance, "application/json; charset=utf-8"));
  });
  EXPECT_NE(Text(Ask(server)).find("Standard_D4s_v5"), std::string::npos);
  EXPECT_TRUE(request.starts_with("GET /metadata/instance?api-version=")) << request;
  EXPECT_NE(request.find("\r\nMetadata: true\r\n"), std::string::npos) << request;
  EXPECT_EQ(request.find("X-Forwarded-For"), std::string::npos);
}

// A service that keeps the connection open, though it was asked to close it, costs no time-out.
TEST(AzureMetadataTest, EndsWithTheBodyOfAServiceThatStaysConnected) {
  LocalServer server([](int client) {
    Request(client);
    Send(client,
         "HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(std::string(kInstance).size()) +
             "\r\nContent-Type: application/json\r\n\r\n" + kInstance);
    AwaitItsEnd(client);
  });
  EXPECT_NE(Text(Ask(server)).find("Standard_D4s_v5"), std::string::npos);
}

TEST(AzureMetadataTest, GivesASilentServiceUp) {
  LocalServer server([](int client) { AwaitItsEnd(client); });
  const auto start = steady_clock::now();
  EXPECT_EQ(WhyNot(Ask(server, milliseconds(100))), "the service did not answer in time");
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(10));
}

// The patience is for the whole answer, not for each byte.
TEST(AzureMetadataTest, GivesATricklingServiceUp) {
  LocalServer server([](int client) {
    Request(client);
    pollfd gone{client, POLLIN, 0};
    while (Send(client, " ") && ::poll(&gone, 1, 5) == 0) {
    }
  });
  const auto start = steady_clock::now();
  EXPECT_EQ(WhyNot(Ask(server, milliseconds(200))), "the service did not answer in time");
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(10));
}

TEST(AzureMetadataTest, FollowsNoRedirection) {
  LocalServer other([](int client) { Send(client, Answer(kInstance)); });
  LocalServer server([&](int client) {
    Request(client);
    Send(client, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" +
                     std::to_string(other.port()) + "/\r\n\r\n");
  });
  EXPECT_EQ(WhyNot(Ask(server)), "the service did not answer with 200");
  EXPECT_EQ(other.connections(), 0);
}

TEST(AzureMetadataTest, RefusesAHugeAnswer) {
  LocalServer server([](int client) {
    Request(client);
    Send(client, Answer(""));
    while (Send(client, std::string(16 << 10, ' '))) {
    }
  });
  EXPECT_EQ(WhyNot(Ask(server)), "the service's answer is too large");
}

TEST(AzureMetadataTest, RefusesWhatIsNoJson) {
  for (const std::string& answer :
       {Answer(kInstance, "text/html"), Answer("<html>Sign in to the network</html>"),
        std::string("HTTP/1.1 200 OK\r\n\r\n") + kInstance, std::string("SSH-2.0-OpenSSH\r\n"),
        std::string(), Answer(std::string(kInstance).substr(0, 30))}) {
    LocalServer server([&](int client) {
      Request(client);
      Send(client, answer);
    });
    EXPECT_NE(WhyNot(Ask(server)), "") << answer;
  }
}

TEST(AzureMetadataTest, IsNeverAskedThroughAProxy) {
  LocalServer proxy([](int client) { Send(client, Answer(kInstance)); });
  LocalServer server([](int client) {
    Request(client);
    Send(client, Answer(kInstance));
  });
  const std::string address = "http://127.0.0.1:" + std::to_string(proxy.port());
  for (const char* name : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}) {
    ::setenv(name, address.c_str(), 1);
  }
  EXPECT_NE(Text(Ask(server)), "");
  for (const char* name : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
  EXPECT_EQ(proxy.connections(), 0);
  EXPECT_EQ(server.connections(), 1);
}

TEST(AzureMetadataTest, KnowsThatNobodyListens) {
  std::uint16_t port = 0;
  {
    LocalServer gone([](int) {});
    port = gone.port();
  }
  EXPECT_EQ(WhyNot(ReadAzureMetadata({.address = "127.0.0.1", .port = port})),
            "the service cannot be reached");
}

TEST(AzureMetadataTest, KeepsOnlyWhatFactsNeed) {
  Reading reading = ReduceAzureMetadata(Answer(
      R"({"compute":{"vmSize":"Standard_D4s_v5","name":"vm-anna","osProfile":{"adminUsername":"a"},)"
      R"("securityProfile":{"securityType":"TrustedLaunch"}},"network":{}})"));
  EXPECT_NE(Text(reading).find("Standard_D4s_v5"), std::string::npos);
  EXPECT_NE(Text(reading).find("TrustedLaunch"), std::string::npos);
  EXPECT_EQ(Text(reading).find("anna"), std::string::npos);
  EXPECT_EQ(Text(reading).find("adminUsername"), std::string::npos);
}

TEST(AzureMetadataTest, AnythingElseIsFailed) {
  for (const std::string& response :
       {std::string(), Answer("no json"), std::string("HTTP/1.1 403 No\r\n\r\n{}"),
        std::string("SSH-2.0\r\n\r\n{}"), Answer("[]"), Answer("{\"compute\":"),
        std::string("HTTP/1.1 200 OK\r\nContent-Type\r\n\r\n{}")}) {
    EXPECT_NE(WhyNot(ReduceAzureMetadata(response)), "") << response;
  }
}

}  // namespace
}  // namespace vdiwatch::agent
