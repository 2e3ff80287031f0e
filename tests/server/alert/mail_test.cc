#include "server/alert/mail.h"

#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/server/alert/receiver.h"
#include "tests/server/test_site.h"

namespace vdiwatch::server::alert {
namespace {

// Against Debian's aiosmtpd, and Python's mail parser.
class MailTest : public testing::Test {
 protected:
  void Serve(std::vector<std::string> how) {
    std::vector<std::string> command = {"/usr/bin/python3",
                                        VDIWATCH_SOURCE_DIR "/tests/server/alert/mail_server.py",
                                        certificates_.certificate, certificates_.key};
    command.insert(command.end(), how.begin(), how.end());
    receiver_ = std::make_unique<Receiver>(command, directory_.path() / ("mails" + how[0]));
    const auto objects = receiver_->AwaitObjects(1);
    ASSERT_FALSE(objects.empty());
    settings_.port = objects[0]["port"].get<std::uint16_t>();
  }
  // The messages that arrived.
  std::vector<Json> Mails(std::size_t count) {
    auto objects = receiver_->AwaitObjects(count + 1);
    objects.erase(objects.begin());
    return objects;
  }
  static std::string Header(const Json& mail, const std::string& name) {
    for (const Json& header : mail["headers"]) {
      if (header[0] == name) return header[1].get<std::string>();
    }
    return "";
  }

  MailTest() {
    settings_.host = "localhost";
    settings_.ca_file = certificates_.ca;
    settings_.from = "vdiwatch <vdiwatch@corp.example>";
    settings_.to = {"ops@corp.example", "Jörg Ops <joerg@corp.example>"};
    settings_.user = "watch";
    settings_.password = "s3cret pass";
    settings_.timeout = Seconds(10);
    mail_.id = "00000000000000aa";
    mail_.thread = "alert00000000000000bb";
    mail_.subject =
        "Pool Zürich: 38 von 40 Arbeitsplätzen sind nicht persistent – bitte ansehen 🖥";
    mail_.text = "Zürich is noncompliant.\n.\n..two dots\nend";
    mail_.date = FromUnix(1'795'000'000);
  }
  // The error's kind where the server says this; kInternal where it took the mail.
  ErrorKind Refusal() {
    const auto sent = SendMail(settings_, mail_);
    return sent ? ErrorKind::kInternal : sent.error().kind;
  }

  TestDirectory directory_;
  TestCertificates certificates_ = MakeCertificates(directory_.path());
  std::unique_ptr<Receiver> receiver_;
  MailSettings settings_;
  Mail mail_;
};

TEST_F(MailTest, ArrivesWholeOverStartTlsWithAuth) {
  Serve({"starttls", "PLAIN", "LOGIN"});
  mail_.attachments = {{"Übersicht.csv", "text/csv", std::string("a;b\r\n\0\xff", 7)}};
  const auto sent = SendMail(settings_, mail_);
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(sent->text, "250 2.0.0 taken as 4711");
  const Json mail = Mails(1).at(0);
  EXPECT_EQ(mail["encrypted"], true);
  EXPECT_EQ(mail["user"], "watch");
  EXPECT_EQ(mail["sender"], "vdiwatch@corp.example");
  EXPECT_EQ(mail["recipients"], Json({"ops@corp.example", "joerg@corp.example"}));
  EXPECT_EQ(mail["defects"], Json::array());
  EXPECT_EQ(Header(mail, "Subject"), mail_.subject);
  EXPECT_EQ(Header(mail, "To"), "ops@corp.example, Jörg Ops <joerg@corp.example>");
  EXPECT_EQ(Header(mail, "Message-ID"), "<00000000000000aa@corp.example>");
  EXPECT_EQ(Header(mail, "References"), "<alert00000000000000bb@corp.example>");
  EXPECT_EQ(Header(mail, "Auto-Submitted"), "auto-generated");
  EXPECT_EQ(mail["text"], mail_.text);
  ASSERT_EQ(mail["attachments"].size(), 1u);
  EXPECT_EQ(mail["attachments"][0]["name"], "Übersicht.csv");
  EXPECT_EQ(mail["attachments"][0]["type"], "text/csv");
  EXPECT_EQ(mail["attachments"][0]["hex"], "613b620d0a00ff");
}

TEST_F(MailTest, SignsInByLoginWhereThatIsAllThereIs) {
  Serve({"starttls", "LOGIN"});
  const auto sent = SendMail(settings_, mail_);
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(Mails(1).at(0)["user"], "watch");
}

TEST_F(MailTest, ImplicitTls) {
  Serve({"tls"});
  settings_.security = MailSettings::Security::kTls;
  settings_.user = "";
  const auto sent = SendMail(settings_, mail_);
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(Mails(1).at(0)["encrypted"], true);
}

TEST_F(MailTest, NoPasswordAndNoMailGoesToAServerWithoutStartTlsOrWithAStrangersCertificate) {
  Serve({"none", "PLAIN"});
  EXPECT_EQ(Refusal(), ErrorKind::kDenied);
  settings_.security = MailSettings::Security::kNone;
  EXPECT_EQ(Refusal(), ErrorKind::kDenied);
  EXPECT_EQ(receiver_->Objects().size(), 1u);

  TestDirectory other;
  receiver_.reset();
  Serve({"starttls", "PLAIN"});
  settings_.security = MailSettings::Security::kStartTls;
  settings_.ca_file = MakeCertificates(other.path()).ca;
  EXPECT_EQ(Refusal(), ErrorKind::kDenied);
}

TEST_F(MailTest, ACertificateForAnotherNameIsRefused) {
  Serve({"starttls", "PLAIN"});
  settings_.host = "127.0.0.1";  // the certificate has it
  EXPECT_EQ(Refusal(), ErrorKind::kInternal);
  settings_.host = "ip6-localhost.invalid";
  EXPECT_EQ(Refusal(), ErrorKind::kUnavailable);
  settings_.host = "127.0.0.2";  // reaches nobody, or somebody of another name
  EXPECT_NE(Refusal(), ErrorKind::kInternal);
}

TEST_F(MailTest, AServerThatTricklesHoldsNobodyForLong) {
  settings_.security = MailSettings::Security::kNone;
  settings_.user = "";
  settings_.patience = Seconds(1);
  Poco::Net::ServerSocket server(Poco::Net::SocketAddress("127.0.0.1", 0));
  const std::jthread trickle([&server](const std::stop_token& stop) {
    Poco::Net::StreamSocket socket = server.acceptConnection();
    try {
      while (!stop.stop_requested()) {
        socket.sendBytes("220-wait\r\n", 10);
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    } catch (const Poco::Exception&) {  // the client has gone
    }
  });
  settings_.host = "127.0.0.1";
  settings_.port = server.address().port();
  const auto begin = std::chrono::steady_clock::now();
  const auto sent = SendMail(settings_, mail_);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(sent.error().message, "127.0.0.1: did not take the mail within 1 s");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(8));
}

TEST_F(MailTest, AWrongPasswordIsDenied) {
  Serve({"starttls", "PLAIN"});
  settings_.password = "wrong";
  const auto sent = SendMail(settings_, mail_);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, ErrorKind::kDenied);
  EXPECT_EQ(sent.error().message.find("wrong"), std::string::npos);
}

TEST_F(MailTest, TellsNeverFromNotNow) {
  Serve({"starttls", "PLAIN"});
  const std::pair<std::vector<std::string>, ErrorKind> cases[] = {
      {{"550@corp.example"}, ErrorKind::kInvalid},
      {{"452@corp.example"}, ErrorKind::kUnavailable},
      {{"550@corp.example", "452@corp.example"}, ErrorKind::kUnavailable},
      {{"data-554@corp.example"}, ErrorKind::kInvalid},
      {{"data-451@corp.example"}, ErrorKind::kUnavailable},
  };
  for (const auto& [to, kind] : cases) {
    settings_.to = to;
    EXPECT_EQ(Refusal(), kind) << to[0];
  }
  EXPECT_EQ(receiver_->Objects().size(), 1u);
}

TEST_F(MailTest, OneRecipientThatIsRefusedDoesNotKeepItFromTheOthers) {
  Serve({"starttls", "PLAIN"});
  settings_.to = {"550@corp.example", "ops@corp.example", "Full Box <452@corp.example>"};
  const auto sent = SendMail(settings_, mail_);
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(Mails(1).at(0)["recipients"], Json({"ops@corp.example"}));
  EXPECT_EQ(sent->later, std::vector<std::string>{"Full Box <452@corp.example>"});
  EXPECT_NE(sent->text.find("550@corp.example: 550 not this one"), std::string::npos) << sent->text;
}

TEST_F(MailTest, NobodyThereIsNotNow) {
  settings_.port = static_cast<std::uint16_t>(FreePort());
  EXPECT_EQ(Refusal(), ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace vdiwatch::server::alert
