#include "server/app.h"

#include <fmt/format.h>

#include <fstream>
#include <future>

#include "server/data_lock.h"
#include "server/listener.h"
#include "tests/server/https.h"
#include "tests/server/test_daemon.h"

namespace vdiwatch::server {
namespace {

constexpr char kPack[] = R"(
pack: own
version: "1"
rules:
  - id: on-vmware
    title: On VMware
    require: {platform.kind: vmware}
    remediation: Move it.
)";

class AppTest : public testing::Test {
 protected:
  HttpResponse Send(const HttpRequest& request) {
    return Https(daemon_.app().people_port(), daemon_.ca_file(), request);
  }
  Json Overview() {
    HttpRequest request = Request("GET", "/api/v1/overview");
    request.headers["authorization"] = "Bearer " + token_;
    return BodyOf(Send(request));
  }
  void SignInAndStart() {
    daemon_.Init();
    const auto started = daemon_.Start();
    ASSERT_TRUE(started) << started.error().message;
    token_ = RunCli({"api-token", "create", "--config", daemon_.config_file(), "--name", "t",
                     "--role", "viewer", "--expires", "1d"})
                 .out;
    token_.pop_back();
  }

  TestDaemon daemon_;
  std::string token_;
};

TEST_F(AppTest, OneDaemonServesFromAFolder) {
  daemon_.Init();
  auto first = DataLock::Take(daemon_.data_dir());
  ASSERT_TRUE(first) << first.error().message;
  const auto second = DataLock::Take(daemon_.data_dir());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kUnavailable);
  EXPECT_NE(second.error().message.find("another vdiwatch serves from data_dir"),
            std::string::npos);
  first->reset();
  EXPECT_TRUE(DataLock::Take(daemon_.data_dir()));
}

TEST_F(AppTest, ServesPeopleOverHttps) {
  SignInAndStart();
  EXPECT_EQ(BodyOf(Send(Request("GET", "/healthz")))["status"], "ok");
  EXPECT_EQ(Send(Request("GET", "/readyz")).status, 200);
  HttpRequest request = Request("POST", "/api/v1/session");
  request.headers["content-type"] = "application/json";
  request.body = Json{{"user", "admin"}, {"password", kPassword}}.dump();
  const HttpResponse signed_in = Send(request);
  ASSERT_EQ(signed_in.status, 200) << signed_in.body;
  const HttpResponse shown = Send(BySession(Request("GET", "/api/v1/overview"), signed_in));
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(BodyOf(shown)["version"], VDIWATCH_VERSION);
  EXPECT_EQ(BodyOf(shown)["policy"]["packs"][0]["name"], "docker-desktop-vdi");
  EXPECT_EQ(shown.Header("X-Request-Id").size(), 16u);
}

TEST_F(AppTest, ABodyOverTheLimitIsRefused) {
  SignInAndStart();
  HttpRequest request = Request("POST", "/api/v1/session");
  request.headers["content-type"] = "application/json";
  request.body.assign(65 << 10, ' ');
  EXPECT_EQ(Send(request).status, 413);
  // A chunked body has no length to look at; it is cut off all the same.
  const std::string chunk = "8000\r\n" + std::string(0x8000, ' ') + "\r\n";
  const std::string answer = HttpsRaw(
      daemon_.app().people_port(), daemon_.ca_file(),
      "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\n" +
          chunk + chunk + chunk + "0\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer.substr(0, 200);
}

TEST_F(AppTest, AMalformedRequestGetsAnAnswerAndHarmsNobody) {
  SignInAndStart();
  const std::uint16_t port = daemon_.app().people_port();
  for (const char* bytes :
       {"GET /api/v1/pools?q=%zz HTTP/1.1\r\nHost: l\r\nConnection: close\r\n\r\n",
        "GET http:// HTTP/1.1\r\nHost: l\r\nConnection: close\r\n\r\n", "nonsense\r\n\r\n"}) {
    const std::string answer = HttpsRaw(port, daemon_.ca_file(), bytes);
    EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 4")) << bytes << answer;
  }
  EXPECT_EQ(Send(Request("GET", "/healthz")).status, 200);
}

TEST_F(AppTest, ACertificateOfOurOwnIsKeptOverRestarts) {
  SignInAndStart();
  const auto read = [this] {
    std::ifstream file(daemon_.data_dir() / "people.pem");
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string first = read();
  daemon_.Stop();
  ASSERT_TRUE(daemon_.Start());
  EXPECT_EQ(read(), first);
  daemon_.Stop();
  daemon_.clock.Advance(Seconds(380 * 86'400));
  ASSERT_TRUE(daemon_.Start());
  EXPECT_NE(read(), first) << "it had less than 30 days to go";
}

TEST_F(AppTest, NewPolicyFilesComeIntoForce) {
  std::filesystem::create_directory(daemon_.directory().path() / "policy");
  daemon_.Configure(
      "agents: {listen: '127.0.0.1:0'}\npeople: {listen: '127.0.0.1:0'}\n"
      "policy_dir: policy\nbuilt_in_pack: false\n");
  daemon_.directory().Write("policy/own.yaml", kPack);
  SignInAndStart();
  const Json before = Overview()["policy"];
  EXPECT_EQ(before["packs"][0]["version"], "1");

  daemon_.directory().Write("policy/own.yaml", "pack: own\nversion: '2'\nrules: nonsense\n");
  daemon_.app().RefreshPolicy();
  const Json refused = Overview()["policy"];
  EXPECT_EQ(refused["digest"], before["digest"]) << "the last good one stays in force";
  EXPECT_NE(refused["problem"].get<std::string>().find("own.yaml:3:"), std::string::npos);

  std::string newer = kPack;
  newer.replace(newer.find("\"1\""), 3, "\"2\"");
  daemon_.directory().Write("policy/own.yaml", newer);
  daemon_.clock.Advance(Seconds(60));
  daemon_.app().RefreshPolicy();
  const Json after = Overview()["policy"];
  EXPECT_EQ(after["packs"][0]["version"], "2");
  EXPECT_TRUE(after["problem"].is_null());
  EXPECT_EQ(after["loaded_at"], FormatTime(daemon_.clock.Now()));
}

// The set in force last is stored: a mistake in the files must not take the collector down.
TEST_F(AppTest, StartsWithTheLastGoodPolicyAndSaysSo) {
  std::filesystem::create_directory(daemon_.directory().path() / "policy");
  daemon_.Configure(
      "agents: {listen: '127.0.0.1:0'}\npeople: {listen: '127.0.0.1:0'}\n"
      "policy_dir: policy\nbuilt_in_pack: false\n");
  std::string newer = kPack;
  newer.replace(newer.find("\"1\""), 3, "\"2\"");
  daemon_.directory().Write("policy/own.yaml", kPack);
  SignInAndStart();
  const Json first = Overview()["policy"];
  daemon_.directory().Write("policy/own.yaml", newer);
  daemon_.app().RefreshPolicy();
  EXPECT_EQ(Overview()["policy"]["packs"][0]["version"], "2");
  daemon_.directory().Write("policy/own.yaml", kPack);
  daemon_.app().RefreshPolicy();  // back to the older one
  daemon_.Stop();

  daemon_.directory().Write("policy/own.yaml", "pack: own\nversion: '3'\nrules: nonsense\n");
  ASSERT_TRUE(daemon_.Start());
  Json shown = Overview()["policy"];
  EXPECT_EQ(shown["digest"], first["digest"]);
  EXPECT_NE(shown["problem"].get<std::string>().find("own.yaml:3:"), std::string::npos);
  daemon_.app().RefreshPolicy();
  EXPECT_FALSE(Overview()["policy"]["problem"].is_null()) << "the files are still bad";
  daemon_.directory().Write("policy/own.yaml", newer);
  daemon_.app().RefreshPolicy();
  EXPECT_EQ(Overview()["policy"]["packs"][0]["version"], "2");
  EXPECT_TRUE(Overview()["policy"]["problem"].is_null());
  daemon_.Stop();

  std::filesystem::remove_all(daemon_.directory().path() / "policy");
  ASSERT_TRUE(daemon_.Start()) << "a directory that is not there is no other case";
  shown = Overview()["policy"];
  EXPECT_EQ(shown["packs"][0]["version"], "2");
  EXPECT_FALSE(shown["problem"].is_null());
}

TEST_F(AppTest, WithoutAStoredPolicyABadOneKeepsItFromStarting) {
  std::filesystem::create_directory(daemon_.directory().path() / "policy");
  daemon_.Configure(
      "agents: {listen: '127.0.0.1:0'}\npeople: {listen: '127.0.0.1:0'}\n"
      "policy_dir: policy\nbuilt_in_pack: false\n");
  daemon_.directory().Write("policy/own.yaml", "pack: own\nrules: nonsense\n");
  daemon_.Init();
  const auto started = daemon_.Start();
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message.find("own.yaml:2:"), std::string::npos);
}

TEST(ListenerTest, WhateverIsThrownBecomesAProblem) {
  TestDaemon daemon;
  daemon.Init();
  ASSERT_TRUE(daemon.Start());  // issues the certificate
  Log log(Log::Level::kError);
  const auto listener = Listener::Start(
      {.listen = {"127.0.0.1", 0},
       .certificate = daemon.data_dir() / "people.pem",
       .key = daemon.data_dir() / "people.key"},
      [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("at heart"); }, log);
  ASSERT_TRUE(listener) << listener.error().message;
  const HttpResponse response = Https((*listener)->port(), daemon.ca_file(), Request("GET", "/"));
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.Header("Content-Type"), "application/problem+json");
  EXPECT_EQ(response.body.find("at heart"), std::string::npos);
}

TEST(ListenerTest, TooManyRequestsAtWorkAreRefusedAtOnce) {
  TestDaemon daemon;
  daemon.Init();
  ASSERT_TRUE(daemon.Start());
  Log log(Log::Level::kError);
  std::promise<void> at_work, go_on;
  const std::shared_future<void> released = go_on.get_future().share();
  const auto listener = Listener::Start(
      {.listen = {"127.0.0.1", 0},
       .certificate = daemon.data_dir() / "people.pem",
       .key = daemon.data_dir() / "people.key",
       .max_in_flight = 1},
      [&](const HttpRequest&) {
        at_work.set_value();
        released.wait();
        return TextResponse("done");
      },
      log);
  ASSERT_TRUE(listener) << listener.error().message;
  const auto ask = [&] {
    return Https((*listener)->port(), daemon.ca_file(), Request("GET", "/"));
  };
  auto first = std::async(std::launch::async, ask);
  at_work.get_future().wait();
  const HttpResponse refused = ask();
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.Header("Retry-After"), "5");
  go_on.set_value();
  EXPECT_EQ(first.get().body, "done");
}

}  // namespace
}  // namespace vdiwatch::server
