// The sinks against tests/receivers/receiver.mjs: the reference implementation of Standard
// Webhooks, Microsoft's own reader of Adaptive Cards, and schemas of what Slack and PagerDuty say
// they take.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "server/alert/sink_pagerduty.h"
#include "server/alert/sink_slack.h"
#include "server/alert/sink_teams.h"
#include "server/alert/sink_webhook.h"
#include "tests/server/alert/example_message.h"
#include "tests/server/alert/receiver.h"
#include "tests/server/alert/sink_site.h"

namespace vdiwatch::server::alert {
namespace {

using policy::NoticeKind;

constexpr const char* kOld = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* kNew = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

std::string StagedReceiver() {
  const Ended staged = RunToEnd(VDIWATCH_SOURCE_DIR "/tests/receivers/stage.sh " VDIWATCH_BIN_DIR);
  EXPECT_EQ(staged.exit_code, 0) << staged.output;
  return std::string(Trim(staged.output));
}

class SinksReceivers : public ::testing::Test {
 protected:
  SinksReceivers()
      : site_(clock_),
        receiver_({"node", StagedReceiver(), kOld}, site_.folder() / "receiver.log") {
    site_.Keep("old", kOld);
    site_.Keep("new", kNew);
    site_.Keep("key", "0123456789abcdef0123456789abcdef");
    port_ = receiver_.AwaitObjects(1).at(0).value("port", 0);
  }

  std::string Url(const std::string& path) const {
    return fmt::format("http://127.0.0.1:{}{}", port_, path);
  }
  std::unique_ptr<Sink> Webhook(const std::string& path, const std::string& secrets) {
    auto sink = site_.Make(ReadWebhookSink, fmt::format("{{url: '{}', secret_file: {}, "
                                                        "allow_private: true}}",
                                                        Url(path), secrets));
    EXPECT_NE(sink, nullptr) << site_.problems();
    return sink;
  }
  std::unique_ptr<Sink> Chat(SinkSite::Read read, const std::string& path) {
    site_.Keep("url", Url(path));
    auto sink = site_.Make(read, "{url_file: url, allow_private: true}");
    EXPECT_NE(sink, nullptr) << site_.problems();
    return sink;
  }
  // What the receiver told of its newest `count` requests, of `total` so far.
  Json Newest(std::size_t total) {
    const std::vector<Json> told = receiver_.AwaitObjects(total + 1);
    return told.size() > total ? told[total] : Json();
  }
  // Each kind of message; each must be taken.
  void TakesEveryMessage(Sink& sink) {
    const Time since = clock_.Now() - Seconds(7800);
    std::vector<Message> messages = {
        ExampleMessage(NoticeKind::kOpened, since), ExampleMessage(NoticeKind::kReminded, since),
        ExampleMessage(NoticeKind::kResolved, since), ExampleGroup(40, 3000, since)};
    messages.push_back(messages[0]);
    messages.back().test = true;
    messages.push_back(messages[0]);
    AlertLine& bare = messages.back().alerts[0];  // no page, no advice, no rule, of the fleet
    bare.url = bare.remediation = bare.rule = bare.pool = "";
    bare.attributes.clear();
    for (const Message& message : messages) {
      const Answer answer = sink.Send(message);
      EXPECT_EQ(answer.outcome, Answer::Outcome::kDelivered) << answer.text;
    }
    for (const Json& told : receiver_.Objects()) EXPECT_NE(told.value("verified", true), false);
  }

  SystemClock clock_;
  SinkSite site_;
  Receiver receiver_;
  int port_ = 0;
};

TEST_F(SinksReceivers, WebhooksVerifyWithTheReferenceImplementation) {
  const auto sink = Webhook("/webhook", "old");
  const Message message = ExampleMessage(NoticeKind::kOpened, clock_.Now() - Seconds(7800));
  const Answer answer = sink->Send(message);
  EXPECT_EQ(answer.outcome, Answer::Outcome::kDelivered) << answer.text;
  const Json told = Newest(1);
  EXPECT_TRUE(told["verified"]) << told;
  EXPECT_EQ(told["headers"]["webhook-id"], message.id);
  EXPECT_EQ(told["body"]["type"], "alert.opened");
  EXPECT_EQ(told["body"]["data"]["alerts"][0]["pool"], "fin");
  sink->Send(message);  // another attempt: the same id
  EXPECT_EQ(Newest(2)["headers"]["webhook-id"], message.id);
  TakesEveryMessage(*sink);
}

TEST_F(SinksReceivers, WebhookKeysRotate) {
  const Message message = ExampleMessage(NoticeKind::kOpened, clock_.Now() - Seconds(7800));
  // The receiver still knows the old secret alone: two signatures do, the new one does not.
  EXPECT_EQ(Webhook("/webhook", "[new, old]")->Send(message).outcome, Answer::Outcome::kDelivered);
  EXPECT_TRUE(Newest(1)["verified"]);
  EXPECT_EQ(Webhook("/webhook", "new")->Send(message).outcome, Answer::Outcome::kRejected);
  const Json told = Newest(2);
  EXPECT_FALSE(told["verified"]) << told;
  EXPECT_EQ(told["problem"], "No matching signature found");
}

TEST_F(SinksReceivers, WebhookReceiversMayStopOrSlowDown) {
  const Message message = ExampleMessage(NoticeKind::kOpened, clock_.Now() - Seconds(7800));
  EXPECT_EQ(Webhook("/webhook?status=410", "old")->Send(message).outcome, Answer::Outcome::kGone);
  for (const char* status : {"429", "503"}) {
    const Answer later =
        Webhook(fmt::format("/webhook?status={}&retry_after=7", status), "old")->Send(message);
    EXPECT_EQ(later.outcome, Answer::Outcome::kRetry);
    EXPECT_EQ(later.retry_after, Seconds(7));
    EXPECT_EQ(later.text, fmt::format("{}: ok", status));
  }
}

TEST_F(SinksReceivers, SlackTakesEveryMessage) {
  TakesEveryMessage(*Chat(ReadSlackSink, "/slack"));
}

TEST_F(SinksReceivers, TeamsTakesEveryMessage) {
  TakesEveryMessage(*Chat(ReadTeamsSink, "/teams"));
}

TEST_F(SinksReceivers, PagerDutyTakesEveryMessageAndResolvesWhatItOpened) {
  const auto sink = site_.Make(
      ReadPagerDutySink,
      fmt::format("{{url: '{}', routing_key_file: key, allow_private: true}}", Url("/pagerduty")));
  ASSERT_NE(sink, nullptr) << site_.problems();
  const Time since = clock_.Now() - Seconds(7800);
  sink->Send(ExampleMessage(NoticeKind::kOpened, since));
  sink->Send(ExampleMessage(NoticeKind::kResolved, since));
  const Json opened = Newest(1)["body"], over = Newest(2)["body"];
  EXPECT_EQ(opened["event_action"], "trigger");
  EXPECT_EQ(over["event_action"], "resolve");
  EXPECT_EQ(opened["dedup_key"], over["dedup_key"]);
  Message test = ExampleMessage(NoticeKind::kOpened, since);
  test.test = true;
  sink->Send(test);
  EXPECT_EQ(Newest(3)["body"]["event_action"], "trigger");
  EXPECT_EQ(Newest(4)["body"]["event_action"], "resolve");  // a test leaves nothing open
  TakesEveryMessage(*sink);
}

TEST_F(SinksReceivers, PagerDutyGoesOnWhereItWasStopped) {
  int failures = 0;
  const auto sink = site_.Make(
      ReadPagerDutySink, fmt::format("{{url: '{}', routing_key_file: key, allow_private: true}}",
                                     Url("/pagerduty?status=429")));
  ASSERT_NE(sink, nullptr) << site_.problems();
  const Message group = ExampleGroup(3, 0, clock_.Now() - Seconds(7800));
  for (int attempt = 0; attempt < 2; ++attempt) {
    failures += sink->Send(group).outcome == Answer::Outcome::kRetry ? 1 : 0;
  }
  EXPECT_EQ(failures, 2);
  // Each attempt stopped at the first event, and began there again.
  EXPECT_EQ(Newest(1)["body"]["payload"]["source"], "pool-1");
  EXPECT_EQ(Newest(2)["body"]["payload"]["source"], "pool-1");
}

TEST_F(SinksReceivers, TheReceiverIsNoYesMan) {
  HttpWay way;
  way.allow_private = true;
  for (const char* path : {"/slack", "/teams", "/pagerduty", "/webhook"}) {
    const auto answer = PostJson(*ParseHttpUrl(Url(path)), way, {}, R"({"text":"x"})", {});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 400) << path;
  }
}

}  // namespace
}  // namespace vdiwatch::server::alert
