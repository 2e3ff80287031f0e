// The alertmanager sink against Debian's Prometheus Alertmanager.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "server/alert/sink_alertmanager.h"
#include "tests/server/alert/example_message.h"
#include "tests/server/alert/real_alertmanager.h"
#include "tests/server/alert/receiver.h"
#include "tests/server/alert/sink_site.h"

namespace vdiwatch::server::alert {
namespace {

using policy::NoticeKind;

class AlertmanagerTest : public ::testing::Test {
 protected:
  std::unique_ptr<Sink> Make(const std::string& urls) {
    site_.Keep("password", "opensesame\n");
    auto sink = site_.Make(ReadAlertmanagerSink,
                           fmt::format("{{url: {}, allow_private: true, resend_every: 10s, "
                                       "basic_auth: {{user: vdiwatch, password_file: password}}, "
                                       "attributes: [site]}}",
                                       urls));
    EXPECT_NE(sink, nullptr) << site_.problems();
    return sink;
  }

  const Time now_ = SystemClock().Now();
  const Time since_ = now_ - Seconds(7800);
  ManualClock clock_{now_};
  SinkSite site_{clock_};
  RealAlertmanager alertmanager_{site_.folder()};
};

TEST_F(AlertmanagerTest, FiresIsResentAndResolves) {
  const auto sink = Make(alertmanager_.url());
  const Answer opened = sink->Send(ExampleMessage(NoticeKind::kOpened, since_));
  ASSERT_EQ(opened.outcome, Answer::Outcome::kDelivered) << opened.text;
  ASSERT_EQ(opened.text, "200");
  const Json firing = alertmanager_.Firing("NonPersistentPool");
  ASSERT_EQ(firing.size(), 1u) << firing;
  EXPECT_EQ(firing[0]["status"]["state"], "active");
  EXPECT_EQ(firing[0]["labels"]["pool"], "fin");
  EXPECT_EQ(firing[0]["labels"]["attribute_site"], "berlin");
  EXPECT_EQ(firing[0]["annotations"]["remediation"], "Give the pool persistent desktops.");
  EXPECT_EQ(firing[0]["generatorURL"], "https://vdiwatch.example/alerts/0123456789abcdef");
  EXPECT_TRUE(firing[0]["endsAt"].get<std::string>().starts_with(
      FormatTime(now_ + Seconds(40)).substr(0, 19)))
      << firing;

  const AlertLine line = ExampleLine(NoticeKind::kReminded, since_);
  const Answer again = sink->Refresh({&line, 1}, now_ + Seconds(10));
  EXPECT_EQ(again.outcome, Answer::Outcome::kDelivered) << again.text;
  const Json resent = alertmanager_.Firing("NonPersistentPool");
  ASSERT_EQ(resent.size(), 1u) << resent;  // the same alert, for longer
  EXPECT_EQ(resent[0]["fingerprint"], firing[0]["fingerprint"]);
  EXPECT_TRUE(resent[0]["endsAt"].get<std::string>().starts_with(
      FormatTime(now_ + Seconds(50)).substr(0, 19)))
      << resent;

  Message over = ExampleMessage(NoticeKind::kResolved, since_);
  over.alerts[0].at = now_;
  EXPECT_EQ(sink->Send(over).outcome, Answer::Outcome::kDelivered);
  EXPECT_TRUE(Await([&] { return alertmanager_.Firing("NonPersistentPool").empty(); }));
}

TEST_F(AlertmanagerTest, ForgetsWhatItIsNotToldAgain) {
  const auto sink = Make(alertmanager_.url());
  const AlertLine line = ExampleLine(NoticeKind::kOpened, since_);
  sink->Refresh({&line, 1}, now_ - Seconds(37));  // good for 40 s from then on
  EXPECT_EQ(alertmanager_.Firing("NonPersistentPool").size(), 1u);
  EXPECT_TRUE(Await([&] { return alertmanager_.Firing("NonPersistentPool").empty(); }));
}

TEST_F(AlertmanagerTest, TestIsAnAlertOfItsOwnThatEndsByItself) {
  const auto sink = Make(alertmanager_.url());
  Message message = ExampleMessage(NoticeKind::kOpened, since_);
  message.test = true;
  EXPECT_EQ(sink->Send(message).outcome, Answer::Outcome::kDelivered);
  const Json firing = alertmanager_.Firing("VdiwatchTest");
  ASSERT_EQ(firing.size(), 1u);
  EXPECT_EQ(firing[0]["labels"]["severity"], "info");
  EXPECT_TRUE(firing[0]["endsAt"].get<std::string>().starts_with(
      FormatTime(now_ + Seconds(300)).substr(0, 19)));
  EXPECT_TRUE(alertmanager_.Firing("NonPersistentPool").empty());
}

TEST_F(AlertmanagerTest, OneOfSeveralIsEnough) {
  const std::string dead = fmt::format("http://127.0.0.1:{}", FreePort());
  const auto sink = Make(fmt::format("[{}, {}]", dead, alertmanager_.url()));
  const Answer answer = sink->Send(ExampleMessage(NoticeKind::kOpened, since_));
  EXPECT_EQ(answer.outcome, Answer::Outcome::kDelivered) << answer.text;
  EXPECT_NE(answer.text.find(dead + ": "), std::string::npos) << answer.text;
  EXPECT_EQ(alertmanager_.Firing("NonPersistentPool").size(), 1u);
  const auto none = Make(dead);
  EXPECT_EQ(none->Send(ExampleMessage(NoticeKind::kOpened, since_)).outcome,
            Answer::Outcome::kRetry);
}

TEST_F(AlertmanagerTest, WrongPasswordIsTriedAgain) {
  site_.Keep("password", "wrong");
  const auto wrong = site_.Make(ReadAlertmanagerSink,
                                fmt::format("{{url: {}, allow_private: true, basic_auth: {{user: "
                                            "vdiwatch, password_file: password}}}}",
                                            alertmanager_.url()));
  ASSERT_NE(wrong, nullptr) << site_.problems();
  const Answer answer = wrong->Send(ExampleMessage(NoticeKind::kOpened, since_));
  EXPECT_EQ(answer.outcome, Answer::Outcome::kRetry);
  EXPECT_TRUE(answer.text.starts_with("401")) << answer.text;
}

}  // namespace
}  // namespace vdiwatch::server::alert
