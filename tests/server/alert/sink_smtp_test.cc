#include "server/alert/sink_smtp.h"

#include <fmt/format.h>

#include "tests/server/alert/messages.h"
#include "tests/server/alert/receiver.h"
#include "tests/server/test_site.h"

namespace vdiwatch::server::alert {
namespace {

using Outcome = Answer::Outcome;

class SmtpSinkTest : public testing::Test {
 protected:
  void Serve() {
    receiver_ = std::make_unique<Receiver>(
        std::vector<std::string>{"/usr/bin/python3",
                                 VDIWATCH_SOURCE_DIR "/tests/server/alert/mail_server.py",
                                 certificates_.certificate, certificates_.key, "starttls", "PLAIN"},
        directory_.path() / "mails");
    const auto objects = receiver_->AwaitObjects(1);
    ASSERT_FALSE(objects.empty());
    port_ = objects[0]["port"].get<int>();
  }
  std::unique_ptr<Sink> Read(const std::string& to) {
    directory_.Write("password", "s3cret pass\n");
    std::string problems;
    auto sink =
        ReadSink(&ReadSmtpSink,
                 fmt::format("{{host: localhost, port: {}, ca_file: ca/ca.pem, user: watch, "
                             "password_file: password, from: watch@corp.example, to: {}}}",
                             port_, to),
                 directory_.path(), problems);
    EXPECT_EQ(problems, "");
    return sink;
  }

  TestDirectory directory_;
  TestCertificates certificates_ = MakeCertificates(directory_.path());
  std::unique_ptr<Receiver> receiver_;
  int port_ = 0;
};

TEST_F(SmtpSinkTest, AnAlertIsAMailWhoseIdIsTheDeliverys) {
  Serve();
  const auto sink = Read("[ops@corp.example]");
  for (int attempt = 0; attempt < 2; ++attempt) {
    EXPECT_EQ(sink->Send(AwkwardMessage()).outcome, Outcome::kDelivered);
  }
  const auto mails = receiver_->AwaitObjects(3);
  for (const std::size_t i : {1u, 2u}) {
    const std::string raw = mails.at(i)["raw"];
    EXPECT_NE(raw.find("Message-ID: <00000000000000aa@corp.example>"), std::string::npos) << raw;
    EXPECT_NE(raw.find("References: <alert00000000000000bb@corp.example>"), std::string::npos);
    const std::string text = mails[i]["text"];
    EXPECT_NE(text.find("38 of 40 desktops: Persistenz fehlt"), std::string::npos) << text;
    EXPECT_NE(text.find("Make the pool persistent."), std::string::npos) << text;
    EXPECT_NE(text.find("https://vdiwatch.corp.example:7444/pools/fin"), std::string::npos);
    EXPECT_EQ(mails[i]["defects"], Json::array());
  }
}

TEST_F(SmtpSinkTest, TellsNeverFromNotNow) {
  Serve();
  EXPECT_EQ(Read("['550@corp.example']")->Send(AwkwardMessage()).outcome, Outcome::kRejected);
  EXPECT_EQ(Read("['450@corp.example']")->Send(AwkwardMessage()).outcome, Outcome::kRetry);
  EXPECT_EQ(Read("[data-554@corp.example]")->Send(AwkwardMessage()).outcome, Outcome::kRejected);
  EXPECT_EQ(Read("[data-451@corp.example]")->Send(AwkwardMessage()).outcome, Outcome::kRetry);
}

TEST_F(SmtpSinkTest, WhoHasTheMailGetsItOnceWhileAnotherIsTriedAgain) {
  Serve();
  const auto sink = Read("[ops@corp.example, '452@corp.example']");
  EXPECT_EQ(sink->Send(AwkwardMessage()).outcome, Outcome::kRetry);
  EXPECT_EQ(sink->Send(AwkwardMessage()).outcome, Outcome::kRetry);
  EXPECT_EQ(receiver_->AwaitObjects(2).size(), 2u);
  Message next = AwkwardMessage();
  next.id = "00000000000000ac";
  sink->Send(next);
  EXPECT_EQ(receiver_->AwaitObjects(3).size(), 3u);
}

TEST_F(SmtpSinkTest, MistakesHaveTheirPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"{from: a@b, to: [c@d]}", "'host'"},
      {"{host: h, from: a, to: [c@d]}", "from: 'a' is no mail address"},
      {"{host: h, from: a@b, to: [c]}", "to: 'c' is no mail address"},
      {"{host: h, from: a@b}", "'to'"},
      {"{host: h, from: a@b, to: [c@d], port: 70000}", "port must be a number from 1 to 65535"},
      {"{host: h, from: a@b, to: [c@d], security: ssl}", "security must be starttls, tls or none"},
      {"{host: h, from: a@b, to: [c@d], user: u}", "user and password_file go together"},
      {"{host: h, from: a@b, to: [c@d], security: none, user: u, password_file: password}",
       "a password is not sent without TLS"},
      {"{host: h, from: a@b, to: [c@d], user: u, password_file: nothing}", "nothing"},
      {"{host: h, from: a@b, to: [c@d], rcpt: x}", "unknown key 'rcpt'"},
  };
  directory_.Write("password", "s3cret pass\n");
  for (const auto& [yaml, expected] : cases) {
    std::string problems;
    EXPECT_EQ(ReadSink(&ReadSmtpSink, yaml, directory_.path(), problems), nullptr) << yaml;
    EXPECT_NE(problems.find(expected), std::string::npos) << yaml << "\n" << problems;
    EXPECT_EQ(problems.find("s3cret"), std::string::npos);
  }
}

}  // namespace
}  // namespace vdiwatch::server::alert
