#include "agent/proxy.h"

#include <gtest/gtest.h>

#include "agent/transport.h"
#include "tests/agent/authority.h"
#include "tests/agent/connect_proxy.h"
#include "tests/agent/tls_server.h"

namespace vdiwatch::agent {
namespace {

const Time kNow = FromUnix(1'795'000'000);
constexpr Seconds kDay{24 * 60 * 60};
const CollectorAddress kCollector{.host = "vdi.corp.example", .port = 7443};

TEST(ProxySettingTest, IsSystemNoneOrAnAddress) {
  EXPECT_TRUE(CheckProxy("system"));
  EXPECT_TRUE(CheckProxy("none"));
  EXPECT_TRUE(CheckProxy("http://proxy.example:3128"));
  EXPECT_TRUE(CheckProxy("http://[fd00::1]:3128"));
  EXPECT_TRUE(CheckProxy("HTTP://proxy.example:3128")) << "RFC 3986 §3.1: a scheme minds no case";
  for (const char* bad :
       {"", "sytem", "proxy:3128", "https://p:1", "socks5://p:1", "http://", "http://p:3128/path",
        "http://p:x", "http://fd00::1:3128", "http://[fd00::1", "HTTP://"}) {
    EXPECT_FALSE(CheckProxy(bad)) << bad;
  }
  EXPECT_EQ(ToString(*ChooseProxy("http://[fd00::1]:3128", kCollector)), "http://[fd00::1]:3128");
  EXPECT_EQ(ChooseProxy("http://[fd00::1]:3128", kCollector)->host, "fd00::1") << "as sockets want";
  EXPECT_EQ(ToString(*ChooseProxy("HTTP://p:1", kCollector)), "http://p:1");
  EXPECT_TRUE(ChooseProxy("none", kCollector)->host.empty());
}

std::string FromEnvironment(const std::string& https_proxy, std::string_view no_proxy,
                            const CollectorAddress& collector = kCollector) {
  auto choice = ProxyOfEnvironment(collector, https_proxy, no_proxy);
  if (!choice) return choice.error().message;
  return choice->host.empty() ? "straight" : ToString(*choice);
}

TEST(ProxyEnvironmentTest, ReadsItAsOthersDo) {
  EXPECT_EQ(FromEnvironment("", ""), "straight");
  EXPECT_EQ(FromEnvironment("http://p.example:3128/", ""), "http://p.example:3128");
  EXPECT_EQ(FromEnvironment("p.example:3128", ""), "http://p.example:3128");
  for (const char* excepted : {"*", "vdi.corp.example", "a, .corp.example ,b", "corp.example",
                               "*.corp.example", "VDI.corp.example:7443"}) {
    EXPECT_EQ(FromEnvironment("p:1", excepted), "straight") << excepted;
  }
  for (const char* other :
       {"orp.example", "vdi.corp.example:443", "example.com", ",", "10.0.0.0/8"}) {
    EXPECT_EQ(FromEnvironment("p:1", other), "http://p:1") << other;
  }
  const CollectorAddress numeric{.host = "10.1.2.3", .port = 7443};
  EXPECT_EQ(FromEnvironment("p:1", "10.0.0.0/8", numeric), "straight");
  EXPECT_EQ(FromEnvironment("p:1", "10.1.2.3", numeric), "straight");
  EXPECT_EQ(FromEnvironment("p:1", "10.2.0.0/16", numeric), "http://p:1");
  EXPECT_EQ(FromEnvironment("http://[fd00::1]:3128", ""), "http://[fd00::1]:3128");
}

TEST(ProxyEnvironmentTest, RefusesWhatItCannotUseWithoutRepeatingSecrets) {
  std::string secret = FromEnvironment("http://ada:hunter2@p:1", "");
  EXPECT_EQ(secret.find("HTTPS_PROXY of the environment: holds a user name"), 0u) << secret;
  EXPECT_EQ(secret.find("hunter2"), std::string::npos);
  EXPECT_EQ(FromEnvironment("socks5://p:1", "").find("HTTPS_PROXY of the environment: is no proxy"),
            0u);
}

std::string FromLists(std::string_view proxies, std::string_view bypass,
                      const CollectorAddress& collector = kCollector) {
  auto choice = ProxyOfLists(collector, proxies, bypass, "WinHTTP");
  if (!choice) return choice.error().message;
  return choice->host.empty() ? "straight" : ToString(*choice);
}

TEST(ProxyListsTest, ReadsWhatWindowsWrites) {
  EXPECT_EQ(FromLists("p:8080", ""), "http://p:8080");
  EXPECT_EQ(FromLists("[fd00::1]:8080", ""), "http://[fd00::1]:8080");
  EXPECT_EQ(FromLists("http=a:1;https=[::1]:2", ""), "http://[::1]:2");
  EXPECT_EQ(FromLists("a:1;b:2", ""), "http://a:1") << "the first is to be tried first";
  EXPECT_EQ(FromLists("http=a:1;https=b:2", ""), "http://b:2");
  EXPECT_EQ(FromLists("http=a:1 ftp=b:2", ""), "straight");
  EXPECT_EQ(FromLists("p:1", "<local>;*.CORP.example"), "straight");
  EXPECT_EQ(FromLists("p:1", "vdi.*.example"), "straight");
  EXPECT_EQ(FromLists("p:1", "<local> 10.*"), "http://p:1");
  EXPECT_EQ(FromLists("p:1", "<local>", {.host = "collector", .port = 1}), "straight");
  EXPECT_EQ(FromLists("p:1", "10.*", {.host = "10.1.2.3", .port = 1}), "straight");
  EXPECT_EQ(FromLists("p:1", std::string(60, '*') + "z"), "http://p:1");
}

class ProxiedTest : public testing::Test {
 protected:
  std::unique_ptr<Transport> Through(const std::string& proxy, const std::string& host,
                                     std::uint16_t port) {
    auto transport = Transport::Create({.collector = {.host = host, .port = port},
                                        .ca_pem = authority_.certificate(),
                                        .proxy = proxy},
                                       clock_);
    EXPECT_TRUE(transport) << transport.error().message;
    return *std::move(transport);
  }
  static ServedReply Echo(const SeenRequest& request) {
    return {.status = 200, .body = request.body, .retry_after = ""};
  }
  std::string Problem(Transport& transport) {
    auto reply = transport.Post("/v1/check-in", "{}", "");
    return reply ? "none" : reply.error().message;
  }

  Authority authority_;
  ManualClock clock_{kNow};
  ConnectProxy proxy_;
  TlsServer server_{
      authority_,
      authority_.IssueServer("IP:127.0.0.1,DNS:vdi.corp.example", kNow - kDay, kNow + kDay), Echo,
      kNow};
};

TEST_F(ProxiedTest, ConnectsThroughTheProxyAndStillResumes) {
  auto transport = Through(proxy_.address(), "127.0.0.1", server_.port());
  for (int i = 0; i < 2; ++i) {
    auto reply = transport->Post("/v1/check-in", "hello", "");
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->body, "hello");
    EXPECT_EQ(transport->resumed(), i == 1);
    transport->Close();
  }
  EXPECT_EQ(proxy_.asked(),
            std::vector<std::string>(2, "127.0.0.1:" + std::to_string(server_.port())));
}

TEST_F(ProxiedTest, TheProxyResolvesTheNameAndItIsChecked) {
  proxy_.Mislead(server_.port());
  EXPECT_EQ(Problem(*Through(proxy_.address(), "vdi.corp.example", 7443)), "none");
  std::string wrong = Problem(*Through(proxy_.address(), "other.corp.example", 7443));
  EXPECT_NE(wrong.find("through the proxy http://127.0.0.1:"), std::string::npos) << wrong;
  EXPECT_NE(wrong.find("not for 'other.corp.example'"), std::string::npos) << wrong;
}

TEST_F(ProxiedTest, NamesTheProxyThatRefuses) {
  proxy_.Refuse("407 Proxy Authentication Required");
  std::string problem = Problem(*Through(proxy_.address(), "127.0.0.1", server_.port()));
  EXPECT_NE(problem.find("through the proxy " + proxy_.address() + " (the setting 'proxy')"),
            std::string::npos)
      << problem;
  EXPECT_NE(problem.find("Proxy Authentication Required"), std::string::npos) << problem;
  EXPECT_EQ(problem.find('\n'), std::string::npos);
}

TEST_F(ProxiedTest, NamesTheProxyThatIsNotThere) {
  std::string problem = Problem(*Through("http://127.0.0.1:1", "127.0.0.1", server_.port()));
  EXPECT_NE(problem.find("through the proxy http://127.0.0.1:1 (the setting 'proxy')"),
            std::string::npos)
      << problem;
  std::string unknown = Problem(*Through("http://proxy.invalid:1", "127.0.0.1", server_.port()));
  EXPECT_NE(unknown.find("there is no host 'proxy.invalid'"), std::string::npos) << unknown;
}

}  // namespace
}  // namespace vdiwatch::agent
