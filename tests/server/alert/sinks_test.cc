// What the sinks over HTTP say of themselves and how they are read; sinks_receivers_test.cc and
// alertmanager_test.cc have them judged by their receivers.
#include <gtest/gtest.h>

#include "base/digest.h"
#include "server/alert/fit.h"
#include "server/alert/sink_alertmanager.h"
#include "server/alert/sink_pagerduty.h"
#include "server/alert/sink_slack.h"
#include "server/alert/sink_teams.h"
#include "server/alert/sink_webhook.h"
#include "tests/server/alert/example_message.h"
#include "tests/server/alert/plain_server.h"
#include "tests/server/alert/sink_site.h"

namespace vdiwatch::server::alert {
namespace {

using policy::NoticeKind;

const Time kSince = *ParseTime("2026-11-25T08:00:00Z");

Json Parse(const std::string& body) { return *ParseJson(body, "the body"); }

TEST(SlackBody, TextsBecomeNoMentionsAndNoLinks) {
  Message message = ExampleMessage(NoticeKind::kOpened, kSince);
  message.alerts[0].text = "<!channel> & <https://evil.example|click>";
  const std::string body = SlackBody(message);
  EXPECT_EQ(body.find("<!channel>"), std::string::npos) << body;
  EXPECT_NE(body.find("&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;"),
            std::string::npos)
      << body;
}

TEST(FitBody, SaysHowManyItLeavesOff) {
  const Message group = ExampleGroup(300, 2000, kSince);
  const std::string webhook = WebhookBody(group);
  EXPECT_LE(webhook.size(), 96u << 10);
  const Json data = Parse(webhook)["data"];
  EXPECT_GT(data["alerts"].size(), 20u);
  EXPECT_EQ(data["alerts"].size() + data["left_off"].get<std::size_t>(), 300u);
  EXPECT_LE(TeamsBody(group).size(), 20u << 10);
  EXPECT_NE(TeamsBody(group).find(" more."), std::string::npos);
  EXPECT_LE(SlackBody(group).size(), 40u << 10);
  EXPECT_NE(SlackBody(group).find(" more."), std::string::npos);
}

TEST(FitBody, OneAlertAlwaysFits) {
  const Message one = ExampleGroup(1, 1 << 20, kSince);
  EXPECT_LE(TeamsBody(one).size(), 20u << 10);
  EXPECT_LE(SlackBody(one).size(), 40u << 10);
  EXPECT_EQ(Parse(WebhookBody(one))["data"]["left_off"], 0);
}

TEST(FitBody, BytesThatAreNoTextHurtNothing) {
  Message message = ExampleMessage(NoticeKind::kOpened, kSince);
  message.alerts[0].text = "broken \xff\xfe";
  for (const std::string& body : {WebhookBody(message), SlackBody(message), TeamsBody(message)}) {
    EXPECT_TRUE(ParseJson(body, "the body"));
  }
}

TEST(AlertmanagerBody, LabelsStayTheSameFromOpeningToEnd) {
  AlertmanagerSettings settings;
  settings.labels = {{"team", "vdi"}};
  settings.attributes = {"site", "cost-centre"};
  AlertLine opened = ExampleLine(NoticeKind::kOpened, kSince);
  AlertLine over = ExampleLine(NoticeKind::kResolved, kSince);
  over.desktops = 2;
  over.text = "2 of 40 desktops: …";
  over.grade = "compliant";
  const Time now = kSince + Seconds(8000);
  const Json first = AlertmanagerBody({&opened, 1}, settings, false, now)[0];
  const Json last = AlertmanagerBody({&over, 1}, settings, false, now)[0];
  EXPECT_EQ(first["labels"], last["labels"]);
  EXPECT_EQ(first["labels"], (Json{{"alertname", "NonPersistentPool"},
                                   {"severity", "critical"},
                                   {"pool", "fin"},
                                   {"cause", "persistent-desktop"},
                                   {"rule", "persistent-desktop"},
                                   {"team", "vdi"},
                                   {"attribute_site", "berlin"},
                                   {"attribute_cost_centre", "4711"}}));
  EXPECT_EQ(first["startsAt"], "2026-11-25T08:00:00Z");
  EXPECT_EQ(first["endsAt"], FormatTime(now + 4 * settings.resend_every));
  EXPECT_EQ(last["endsAt"], FormatTime(over.at));
}

TEST(WebhookBody, IsSignedAsTheSpecificationsExample) {
  // https://github.com/standard-webhooks/standard-webhooks: the reference libraries' own test.
  const std::string key = *Unbase64("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  const HttpHeaders headers = WebhookHeaders(
      "msg_p5jXN8AQM9LWM0D4loKWxJek", R"({"test": 2432232314})", {key}, FromUnix(1'614'265'330));
  EXPECT_EQ(headers[2].second, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(WebhookBody, HeartbeatIsNoAlert) {
  Message message = ExampleMessage(NoticeKind::kOpened, kSince);
  EXPECT_EQ(Parse(WebhookBody(message))["type"], "alert.opened");
  message.alerts[0].cause = "heartbeat";
  EXPECT_EQ(Parse(WebhookBody(message))["type"], "alerting.heartbeat");
}

class SinkReadingOfHttp : public ::testing::Test {
 protected:
  std::string Problems(SinkSite::Read read, std::string_view yaml) {
    EXPECT_EQ(site_.Make(read, yaml), nullptr) << yaml;
    return site_.problems();
  }

  ManualClock clock_{kSince};
  SinkSite site_{clock_};
};

TEST_F(SinkReadingOfHttp, GoodOnesAreRead) {
  site_.Keep("hook.secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
  site_.Keep("old.secret", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
  site_.Keep("slack.url", "https://hooks.slack.com/services/T0/B0/abc\n");
  site_.Keep("key", "0123456789abcdef0123456789abcdef");
  EXPECT_NE(site_.Make(ReadWebhookSink,
                       "{url: https://hooks.example/x, secret_file: [hook.secret, old.secret]}"),
            nullptr)
      << site_.problems();
  EXPECT_NE(site_.Make(ReadSlackSink, "{url_file: slack.url}"), nullptr) << site_.problems();
  EXPECT_NE(site_.Make(ReadTeamsSink, "{url_file: slack.url, proxy: http://proxy.example:3128}"),
            nullptr)
      << site_.problems();
  EXPECT_NE(site_.Make(ReadPagerDutySink, "{routing_key_file: key}"), nullptr) << site_.problems();
  const auto am = site_.Make(ReadAlertmanagerSink,
                             "{url: [http://a:9093, http://b:9093/am/], allow_private: true, "
                             "resend_every: 30s, bearer_token_file: key, labels: {team: vdi}, "
                             "attributes: [site]}");
  ASSERT_NE(am, nullptr) << site_.problems();
  EXPECT_EQ(am->refresh_every(), Seconds(30));
}

TEST_F(SinkReadingOfHttp, MistakesHaveAPlaceAndNoSecret) {
  site_.Keep("bad.secret", "whsec_hunter2\n");
  site_.Keep("bad.url", "http://hooks.example/hunter2\n");
  EXPECT_EQ(
      Problems(ReadWebhookSink, "{url: https://hooks.example/x, secret_file: bad.secret}"),
      "alerts.yaml:1:45: secret_file: a secret is 'whsec_' and the base64 of 24 to 64 bytes\n");
  EXPECT_EQ(Problems(ReadSlackSink, "{url_file: bad.url}"),
            "alerts.yaml:1:12: url_file: what it holds must be https://; http:// is for private "
            "networks alone (allow_private: true)\n");
  EXPECT_NE(Problems(ReadTeamsSink, "{url: https://x.example/}").find("needs 'url_file'"),
            std::string::npos)
      << site_.problems();
  EXPECT_NE(Problems(ReadPagerDutySink, "{}").find("needs 'routing_key_file'"), std::string::npos);
  EXPECT_NE(Problems(ReadAlertmanagerSink,
                     "{url: https://am.example, resend_every: 1s, labels: {1st: x}, "
                     "basic_auth: {user: u, password: hunter2}}")
                .find("needs 'password_file'"),
            std::string::npos)
      << site_.problems();
  EXPECT_EQ(site_.problems().find("hunter2"), std::string::npos) << site_.problems();
  EXPECT_NE(site_.problems().find("10s to 1h"), std::string::npos);
  EXPECT_NE(site_.problems().find("a label's name"), std::string::npos);
}

TEST_F(SinkReadingOfHttp, AddressesThatNobodyMayAskAreMistakesInEveryForm) {
  site_.Keep("key", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
  for (const char* host : {"2852039166", "0xa9fea9fe", "127.1", "169.254.169.254.", "localhost"}) {
    const std::string yaml = std::string("{url: \"https://") + host +
                             "/latest\", secret_file: key, proxy: http://proxy.example:3128}";
    EXPECT_NE(Problems(ReadWebhookSink, yaml).find("no request goes there"), std::string::npos)
        << host << site_.problems();
  }
}

TEST_F(SinkReadingOfHttp, LabelsDoNotCollide) {
  for (const std::string label : {"severity", "rule", "pool", "cause", "alertname", "__name__"}) {
    EXPECT_EQ(
        Problems(ReadAlertmanagerSink, "{url: https://am.example, labels: {" + label + ": x}}"),
        "alerts.yaml:1:36: the label " + label +
            " is taken: every alert has it, or Alertmanager keeps it for itself\n");
  }
  EXPECT_EQ(Problems(ReadAlertmanagerSink,
                     "{url: https://am.example, attributes: [site-a, owner, site_a]}"),
            "alerts.yaml:1:39: the attributes site-a and site_a would both be the label "
            "attribute_site_a\n");
  EXPECT_EQ(Problems(ReadAlertmanagerSink,
                     "{url: https://am.example, labels: {attribute_site: x}, attributes: [site]}"),
            "alerts.yaml:1:68: the attribute site would be the label attribute_site, which labels "
            "has, too\n");
}

TEST_F(SinkReadingOfHttp, AnswersShowNoSecret) {
  PlainServer echo({.write = [](const std::string& request, int piece) {
    return piece == 0 ? HttpAnswerText("404 Not Found", "", "no such thing: " + request) : "";
  }});
  const std::string base = "http://127.0.0.1:" + std::to_string(echo.port());
  site_.Keep("url", base + "/services/T0123/secretsecretsecret?sig=abcdefghijklmnopqrst");
  site_.Keep("key", "0123456789abcdef0123456789abcdef");
  const Message message = ExampleMessage(NoticeKind::kOpened, kSince);
  const auto slack = site_.Make(ReadSlackSink, "{url_file: url, allow_private: true}");
  ASSERT_NE(slack, nullptr) << site_.problems();
  const Answer answer = slack->Send(message);
  EXPECT_EQ(answer.outcome, Answer::Outcome::kRetry);
  EXPECT_NE(answer.text.find("<secret>"), std::string::npos) << answer.text;
  EXPECT_EQ(answer.text.find("secretsecret"), std::string::npos) << answer.text;
  EXPECT_EQ(answer.text.find("abcdefgh"), std::string::npos) << answer.text;
  const auto am = site_.Make(ReadAlertmanagerSink, "{url: \"" + base +
                                                       "\", allow_private: true, "
                                                       "bearer_token_file: key}");
  ASSERT_NE(am, nullptr) << site_.problems();
  EXPECT_EQ(am->Send(message).text.find("0123456789abcdef"), std::string::npos);
  EXPECT_NE(echo.newest().find("Authorization: Bearer 0123456789abcdef"), std::string::npos)
      << echo.newest();
}

}  // namespace
}  // namespace vdiwatch::server::alert
