#include "server/alert/mail_text.h"

#include <gtest/gtest.h>

namespace vdiwatch::server::alert {
namespace {

MailSettings Settings() {
  MailSettings settings;
  settings.from = "vdiwatch <vdiwatch@corp.example>";
  settings.to = {"ops@example"};
  return settings;
}

Mail Message() {
  Mail mail;
  mail.id = "00000000000000aa";
  mail.subject = "Pool fin is noncompliant";
  mail.text = "One line.\n";
  mail.date = FromUnix(1'795'000'000);
  return mail;
}

TEST(MailTextTest, AMailboxIsANameAndAnAddressOrTheAddressAlone) {
  ASSERT_TRUE(ParseMailbox("ops@example"));
  EXPECT_EQ(ParseMailbox("ops@example")->address, "ops@example");
  EXPECT_EQ(ParseMailbox(" \"VDI, team\" <a.b+c@corp.example> ")->name, "VDI, team");
  EXPECT_EQ(ParseMailbox("Jörg <j@corp.example>")->address, "j@corp.example");
  for (const char* wrong :
       {"", "ops", "@example", "ops@", "a b@example", "ops@exa mple", "a@b@example", "<ops@example",
        "ops@example>", "ops@example\r\nBcc: x@y", "ops@[127.0.0.1]", "jörg@example"}) {
    EXPECT_FALSE(ParseMailbox(wrong)) << wrong;
  }
}

TEST(MailTextTest, HeadersAreThoseThatReceiversGoBy) {
  const std::string text = ComposeMail(Settings(), Message());
  EXPECT_NE(text.find("From: \"vdiwatch\" <vdiwatch@corp.example>\r\n"), std::string::npos) << text;
  EXPECT_NE(text.find("Date: Wed, 18 Nov 2026 11:06:40 +0000\r\n"), std::string::npos) << text;
  EXPECT_NE(text.find("Message-ID: <00000000000000aa@corp.example>\r\n"), std::string::npos);
  EXPECT_NE(text.find("Auto-Submitted: auto-generated\r\n"), std::string::npos);
  EXPECT_EQ(text.find("References"), std::string::npos);
}

TEST(MailTextTest, NothingEndsAHeaderBeforeItsTime) {
  Mail mail = Message();
  mail.subject = "Pool x\r\nBcc: thief@example\nis\rgone";
  mail.attachments = {{"a\r\nX-Evil: 1.csv", "text/csv\r\nX-Evil: 2", "1"}};
  MailSettings settings = Settings();
  settings.from = "evil\r\nBcc: thief@example <vdiwatch@corp.example>";
  const std::string text = ComposeMail(settings, mail);
  EXPECT_NE(text.find("Subject: Pool x  Bcc: thief@example is gone\r\n"), std::string::npos);
  EXPECT_EQ(text.find("\nBcc:"), std::string::npos) << text;
  EXPECT_EQ(text.find("\nX-Evil"), std::string::npos) << text;
}

TEST(MailTextTest, TheMachineReadsSevenBitsAndShortLines) {
  Mail mail = Message();
  mail.subject = std::string(300, 'x') + " Pool Zürich ist nicht persistent 🖥";
  mail.text = std::string(2000, 'y') + "\nZürich.\n.\n";
  mail.attachments = {{"Übersicht.csv", "text/csv", std::string(500, '\xff')}};
  const std::string text = ComposeMail(Settings(), mail);
  std::size_t start = 0;
  for (std::size_t end; (end = text.find("\r\n", start)) != std::string::npos; start = end + 2) {
    EXPECT_LE(end - start, 78u) << text.substr(start, end - start);
  }
  EXPECT_EQ(start, text.size());
  for (const char c : text) EXPECT_LT(static_cast<unsigned char>(c), 0x80);
}

}  // namespace
}  // namespace vdiwatch::server::alert
