// The API of alerts and its commands, on a whole daemon with a real receiver.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/digest.h"
#include "collector/store/access_store.h"
#include "server/api_client.h"
#include "server/cli_remote.h"
#include "tests/e2e/alert/hook_receiver.h"
#include "tests/server/alert/receiver.h"
#include "tests/server/test_daemon.h"

namespace vdiwatch::server {
namespace {

constexpr char kGoodPolicy[] =
    "pack: own\nversion: \"1\"\nsource: {title: t, url: https://t.example, as_of: 2026-01-01}\n"
    "rules:\n  - {id: r, title: T, require: {platform.kind: vmware}}\n";

class AlertCommands : public testing::Test {
 protected:
  AlertCommands() {
    std::filesystem::create_directories(daemon_.directory().path() / "policy");
    daemon_.directory().Write("policy/own.yaml", kGoodPolicy);
    daemon_.directory().Write("hook.secret", "whsec_" + Base64(RandomBytes(32)) + "\n");
    WriteAlerts("");
    daemon_.Configure(
        "agents: {listen: '127.0.0.1:0'}\npeople: {listen: '127.0.0.1:0'}\n"
        "policy_dir: policy\nalerts_file: alerts.yaml\n");
    daemon_.Init();
    const auto started = daemon_.Start();
    EXPECT_TRUE(started) << started.error().message;
    operator_ = daemon_.Profile("operator");
    viewer_ = daemon_.Profile("viewer");
  }

  std::string WriteAlerts(const std::string& more) {
    return daemon_.directory()
        .Write("alerts.yaml",
               fmt::format("dashboard: https://vdi.example\nsilences: {{longest: 2d}}\n"
                           "timings: {{hold: 0s}}\n"
                           "sinks:\n  - name: hook\n    webhook: {{url: \"{}\", allow_private: "
                           "true, secret_file: hook.secret}}\n{}",
                           hook_.url(), more))
        .string();
  }
  void Refresh() {
    daemon_.app().RefreshPolicy();
    daemon_.app().RefreshAlerts(false);
  }
  Ran Run(std::vector<std::string> words, const std::string& profile) {
    words.insert(words.begin(), "alert");
    words.insert(words.end(), {"--profile", profile});
    return RunCli(words);
  }
  Json RunJson(std::vector<std::string> words) {
    words.emplace_back("--json");
    const Ran ran = Run(words, operator_);
    EXPECT_EQ(ran.code, 0) << ran.err;
    auto json = ParseJson(ran.out, "output");
    return json ? *std::move(json) : Json();
  }
  // The policy files go bad, and the receiver hears of it.
  Json RefusePolicy() {
    daemon_.directory().Write("policy/own.yaml", "pack: [\n");
    const std::size_t before = hook_.count();
    Refresh();
    EXPECT_TRUE(alert::Await([&] { return hook_.count() > before; }));
    return RunJson({"list", "--state", "open"})["alerts"].at(0);
  }

  e2e::HookReceiver hook_;
  TestDaemon daemon_;
  std::string operator_, viewer_;
};

TEST_F(AlertCommands, ATestShowsTheAnswerOfTheReceiver) {
  const Ran ran = Run({"test"}, operator_);
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out.find("hook: delivered after "), 0u) << ran.out;
  ASSERT_EQ(hook_.count(), 1u);
  EXPECT_EQ(hook_.received()[0].body["type"], "alert.test");
  EXPECT_EQ(Run({"test", "hok"}, operator_).code, 65);
  EXPECT_NE(Run({"test", "hook"}, viewer_).code, 0) << "it sends something";
  EXPECT_EQ(hook_.count(), 1u);
}

TEST_F(AlertCommands, ARefusedPolicySetIsToldShownAndOverOnceItIsMended) {
  const Json refused = RefusePolicy();
  EXPECT_EQ(refused["name"], "PolicyRefused");
  EXPECT_EQ(refused["state"], "open");
  EXPECT_TRUE(refused["pool"].is_null());
  EXPECT_NE(refused["text"].get<std::string>().find("own.yaml"), std::string::npos);
  const Json told = hook_.received()[0].body["data"]["alerts"].at(0);
  EXPECT_EQ(told["id"], refused["id"]);
  EXPECT_EQ(told["text"], refused["text"]);
  EXPECT_EQ(told["url"], "https://vdi.example/alerts/" + refused["id"].get<std::string>());

  ASSERT_TRUE(alert::Await([&] {
    return !RunJson({"deliveries", "--state", "sent"})["deliveries"].empty();
  }));
  const Json shown = RunJson({"show", refused["id"]});
  EXPECT_EQ(shown["notices"].at(0)["kind"], "opened");
  EXPECT_EQ(shown["deliveries"].at(0)["id"], hook_.received()[0].id);
  EXPECT_EQ(Run({"show", refused["id"]}, viewer_).code, 0);
  EXPECT_EQ(Run({"show", "0000000000000bad"}, viewer_).code, 65);
  EXPECT_EQ(Run({"list"}, viewer_).out.find("STATE"), 0u);

  daemon_.directory().Write("policy/own.yaml", kGoodPolicy);
  Refresh();
  daemon_.clock.Advance(Seconds(600));
  Refresh();
  EXPECT_TRUE(alert::Await([&] { return hook_.count() == 2; }));
  EXPECT_EQ(hook_.received()[1].body["type"], "alert.resolved");
  EXPECT_EQ(RunJson({"list", "--state", "resolved"})["alerts"].size(), 1u);
  EXPECT_TRUE(RunJson({"list", "--state", "open"})["alerts"].empty());
}

TEST_F(AlertCommands, AReplayKeepsTheId) {
  RefusePolicy();
  ASSERT_TRUE(alert::Await([&] {
    return !RunJson({"deliveries", "--state", "sent"})["deliveries"].empty();
  }));
  const std::string id = hook_.received()[0].id;
  EXPECT_NE(Run({"replay", id}, viewer_).code, 0);
  EXPECT_EQ(Run({"replay", id}, operator_).code, 0);
  ASSERT_TRUE(alert::Await([&] { return hook_.count() == 2; }));
  EXPECT_EQ(hook_.received()[1].id, id);
  ASSERT_TRUE(alert::Await([&] { return RunJson({"deliveries", id})["log"].size() == 2; }));
  EXPECT_EQ(Run({"replay", "0000000000000bad"}, operator_).code, 65);
}

TEST_F(AlertCommands, ASilenceHasAReasonAndAnEnd) {
  EXPECT_EQ(Run({"silence", "severity=major", "--for", "1h", "--reason", "r"}, viewer_).code, 77);
  EXPECT_EQ(Run({"silence", "severity=major", "--for", "3d", "--reason", "r"}, operator_).code, 65);
  EXPECT_EQ(Run({"silence", "colour=red", "--for", "1h", "--reason", "r"}, operator_).code, 65);
  EXPECT_EQ(Run({"silence", "severity=major", "--for", "1h"}, operator_).code, 64);
  const Json silence =
      RunJson({"silence", "severity=major", "--for", "1h", "--reason", "moving house"});
  EXPECT_EQ(silence["state"], "active");
  EXPECT_EQ(silence["created_by"], "token:test");
  EXPECT_EQ(RunJson({"silences"})["silences"].size(), 1u);
  EXPECT_EQ(RunJson({"silences"})["longest_s"], 2 * 86'400);

  daemon_.directory().Write("policy/own.yaml", "pack: [\n");
  Refresh();
  ASSERT_TRUE(alert::Await([&] {
    return !RunJson({"deliveries", "--state", "waiting"})["deliveries"].empty();
  }));
  EXPECT_EQ(RunJson({"list"})["alerts"].at(0)["silenced_by"], silence["id"]);
  EXPECT_EQ(hook_.count(), 0u);
  EXPECT_EQ(Run({"silence", "--end", silence["id"]}, operator_).code, 0);
  EXPECT_TRUE(alert::Await([&] { return hook_.count() == 1; }));
  EXPECT_TRUE(RunJson({"silences"})["silences"].empty());
  EXPECT_EQ(RunJson({"silences", "--ended"})["silences"].at(0)["state"], "ended");
  EXPECT_EQ(Run({"silence", "--end", silence["id"]}, operator_).code, 65) << "it has ended";
}

TEST_F(AlertCommands, ASilenceThatCanMatchNothingIsRefused) {
  for (const char* matcher :
       {"severity=bogus", "cause=no-such-cause", "rule=q", "name=PoolBad", "pool=fin[a"}) {
    const Ran ran = Run({"silence", matcher, "--for", "1h", "--reason", "r"}, operator_);
    EXPECT_EQ(ran.code, 65) << matcher << ran.out;
  }
  EXPECT_EQ(Run({"silence", "rule=r", "--for", "1h", "--reason", "r"}, operator_).code, 0);
}

TEST_F(AlertCommands, TheApiOfSilencesRefusesWhatItDoesNotKnow) {
  const auto profile = LoadProfile(operator_);
  ASSERT_TRUE(profile) << profile.error().message;
  const auto create = [&](const std::string& more) {
    return CallApi(*profile, {.method = "POST",
                              .target = "/api/v1/silences",
                              .body = R"({"matchers":{"pool":"fin"},"reason":"r")" + more + "}"});
  };
  for (const char* more :
       {R"(,"lasts_s":60,"ends":1)", R"(,"lasts_s":60,"starts_at":"9999-12-31T00:00:00Z")",
        R"(,"ends_at":"10000-01-01T00:00:00Z")"}) {
    const auto refused = create(more);
    ASSERT_FALSE(refused) << more;
    EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid) << refused.error().message;
  }
  const auto made = create(R"(,"lasts_s":60)");
  ASSERT_TRUE(made) << made.error().message;
  const auto json = ParseJson(made->body, "silence");
  const auto ended =
      CallApi(*profile, {.method = "DELETE",
                         .target = "/api/v1/silences/" + (*json)["id"].get<std::string>(),
                         .body = "{}"});
  EXPECT_TRUE(ended) << ended.error().message;
}

TEST_F(AlertCommands, EachMistakeHasALine) {
  WriteAlerts("routs: []\nheartbeet: {}\n");
  Refresh();
  const Ran sinks = Run({"sinks"}, viewer_);
  EXPECT_EQ(sinks.out.find('?'), sinks.out.find("?\n")) << sinks.out;
  EXPECT_NE(sinks.out.find(":7:1: "), std::string::npos) << sinks.out;
  EXPECT_NE(sinks.out.find(":8:1: "), std::string::npos) << sinks.out;
  EXPECT_NE(sinks.out.find("DROPPED"), std::string::npos);
}

TEST_F(AlertCommands, ABadFileLeavesTheLastGoodOneInForce) {
  const std::string file = WriteAlerts("routs: []\n");
  Refresh();
  const Json answer = RunJson({"sinks"});
  EXPECT_NE(answer["problem"].get<std::string>().find("did you mean 'routes'?"), std::string::npos);
  EXPECT_EQ(answer["sinks"].at(0)["name"], "hook");
  EXPECT_TRUE(alert::Await([&] { return hook_.count() == 1; }));
  EXPECT_EQ(hook_.received()[0].body["data"]["alerts"].at(0)["name"], "AlertsFileRefused");

  const Ran lint = RunCli({"alert", "lint", file});
  EXPECT_EQ(lint.code, 1);
  EXPECT_NE(lint.out.find(":7:1: "), std::string::npos) << lint.out;
  EXPECT_EQ(RunCli({"alert", "lint", WriteAlerts("")}).code, 0);
  Refresh();
  EXPECT_EQ(RunJson({"sinks"})["problem"], "");
}

TEST_F(AlertCommands, ListsTakeFiltersAndRefuseOthers) {
  RefusePolicy();
  EXPECT_EQ(RunJson({"list", "--severity", "major"})["alerts"].size(), 1u);
  EXPECT_EQ(RunJson({"list", "--severity", "minor"})["alerts"].size(), 0u);
  EXPECT_EQ(RunJson({"list", "--cause", "policy-refused"})["alerts"].size(), 1u);
  EXPECT_EQ(Run({"list", "--state", "broken"}, viewer_).code, 64);
  EXPECT_EQ(Run({"list", "--severity", "broken"}, viewer_).code, 64);
  EXPECT_EQ(Run({"list", "--pool", "nowhere"}, viewer_).code, 65);
  EXPECT_EQ(Run({"deliveries", "--state", "broken"}, viewer_).code, 64);
  EXPECT_EQ(RunJson({"deliveries", "--sink", "hook"})["deliveries"].size(), 1u);
  const Ran typo = Run({"deliveries", "--sink", "hok"}, viewer_);
  EXPECT_EQ(typo.code, 65);
  EXPECT_NE(typo.err.find("There is no sink named 'hok'; did you mean 'hook'?"), std::string::npos)
      << typo.err;
  const Ran cause = Run({"list", "--cause", "pool-noncompliand"}, viewer_);
  EXPECT_EQ(cause.code, 65);
  EXPECT_NE(cause.err.find("no cause 'pool-noncompliand'"), std::string::npos) << cause.err;
  for (const char* known : {"r", "pool-noncompliant", "policy-refused"}) {
    EXPECT_EQ(Run({"list", "--cause", known}, viewer_).code, 0) << known;
  }
}

}  // namespace
}  // namespace vdiwatch::server
