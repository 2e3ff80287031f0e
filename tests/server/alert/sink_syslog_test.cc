#include "server/alert/sink_syslog.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "server/alert/syslog_text.h"
#include "tests/server/alert/messages.h"
#include "tests/server/alert/receiver.h"
#include "tests/server/test_site.h"

namespace vdiwatch::server::alert {
namespace {

using Outcome = Answer::Outcome;

// Debian's rsyslog with GnuTLS, in the foreground, on loopback. It takes the messages apart, and
// mmpstrucdata the structured data; what it found comes back as JSON, a line a message.
constexpr char kRsyslog[] = R"(
global(workDirectory="{0}" defaultNetstreamDriverCAFile="{1}"
       defaultNetstreamDriverCertFile="{2}" defaultNetstreamDriverKeyFile="{3}")
module(load="imtcp"{4})
module(load="mmpstrucdata")
template(name="line" type="list" option.jsonf="on") {{
  property(outname="pri" name="pri" format="jsonf")
  property(outname="version" name="protocol-version" format="jsonf")
  property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="app" name="app-name" format="jsonf")
  property(outname="msgid" name="msgid" format="jsonf")
  property(outname="sd" name="$!rfc5424-sd" format="jsonf")
  property(outname="msg" name="msg" format="jsonf")
}}
input(type="imtcp" address="127.0.0.1" port="{5}" ruleset="all")
ruleset(name="all") {{
  action(type="mmpstrucdata" sd_name.lowercase="off")
  action(type="omfile" file="{0}/received" template="line")
}}
)";

constexpr char kTls[] =
    R"( streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="{}")";

class SyslogSinkTest : public testing::Test {
 protected:
  void Serve(bool tls, const std::string& peers = "anon") {
    port_ = FreePort();
    const std::string folder = directory_.path();
    const auto config = directory_.Write(
        "rsyslog.conf", fmt::format(kRsyslog, folder, certificates_.ca, certificates_.certificate,
                                    certificates_.key, tls ? fmt::format(kTls, peers) : "", port_));
    receiver_ = std::make_unique<Receiver>(
        std::vector<std::string>{"rsyslogd", "-n", "-f", config, "-i", folder + "/pid"},
        directory_.path() / "log");
  }
  std::unique_ptr<Sink> Read(const std::string& more) {
    std::string problems;
    auto sink =
        ReadSink(&ReadSyslogSink, fmt::format("{{host: 127.0.0.1, port: {}, {}}}", port_, more),
                 directory_.path(), problems);
    EXPECT_EQ(problems, "");
    return sink;
  }
  // Sends until rsyslog listens.
  Answer Deliver(Sink& sink, const Message& message) {
    Answer answer;
    Await([&] {
      answer = sink.Send(message);
      return answer.outcome == Outcome::kDelivered || !receiver_->Alive() ||
             answer.text.find("refused") == std::string::npos;
    });
    return answer;
  }
  std::vector<Json> Received(std::size_t count) {
    std::vector<Json> lines;
    const bool arrived = Await([&] {
      lines.clear();
      const auto text = ReadFile(directory_.path() / "received", 1 << 20);
      const std::string bytes = text ? *text : "";
      for (const std::string_view line : Split(bytes, '\n')) {
        if (auto json = ParseJson(line, "a line")) lines.push_back(*std::move(json));
      }
      return lines.size() >= count;
    });
    EXPECT_TRUE(arrived) << receiver_->Output();
    return lines;
  }

  TestDirectory directory_;
  TestCertificates certificates_ = MakeCertificates(directory_.path());
  std::unique_ptr<Receiver> receiver_;
  int port_ = 0;
};

// The structured data, which the template writes as text that is JSON again.
Json DataOf(const Json& line) {
  const auto data = ParseJson(line["sd"].get<std::string>(), "sd");
  return data ? data->value("vdiwatch@32473", Json()) : Json();
}

void ExpectAwkward(const Json& line) {
  EXPECT_EQ(line["pri"], "130");  // local0.crit
  EXPECT_EQ(line["version"], "1");
  EXPECT_EQ(line["time"], "2026-11-18T11:16:40Z");
  EXPECT_EQ(line["app"], "vdiwatch");
  EXPECT_EQ(line["msgid"], "opened");
  const std::string message = line["msg"];
  EXPECT_NE(message.find("Persistenz fehlt – sie werden"), std::string::npos) << message;
  EXPECT_NE(message.find("What to do: Make the pool persistent."), std::string::npos) << message;
  const Json data = DataOf(line);
  EXPECT_EQ(data["delivery"], "00000000000000aa") << line.dump();
  EXPECT_EQ(data["alert"], "00000000000000bb");
  EXPECT_EQ(data["pool"], R"(fin "Zürich" [a] \ b)");
  EXPECT_EQ(data["desktops"], "38");
  EXPECT_EQ(data["attribute.site"], "Zürich]");
  EXPECT_EQ(data["attribute.cost_centre"], "4=711");
}

TEST_F(SyslogSinkTest, RsyslogTakesItApartOverTls) {
  Serve(true);
  const auto sink = Read("ca_file: ca/ca.pem");
  Message message = AwkwardMessage();
  message.alerts.push_back(AwkwardLine());
  message.alerts[1].pool = "second";
  const Answer answer = Deliver(*sink, message);
  ASSERT_EQ(answer.outcome, Outcome::kDelivered) << answer.text;
  const auto lines = Received(2);
  ASSERT_EQ(lines.size(), 2u);
  ExpectAwkward(lines[0]);
  EXPECT_EQ(DataOf(lines[1])["pool"], "second");
}

TEST_F(SyslogSinkTest, RsyslogTakesItApartOverTcp) {
  Serve(false);
  const auto sink = Read("transport: tcp");
  ASSERT_EQ(Deliver(*sink, AwkwardMessage()).outcome, Outcome::kDelivered);
  const auto lines = Received(1);
  ASSERT_FALSE(lines.empty());
  ExpectAwkward(lines[0]);
}

TEST_F(SyslogSinkTest, ShowsItsCertificateWhereOneIsWanted) {
  Serve(true, "x509/certvalid");
  const auto without = Read("ca_file: ca/ca.pem");
  const Answer refused = Deliver(*without, AwkwardMessage());
  EXPECT_EQ(refused.outcome, Outcome::kRetry) << refused.text;
  const auto with = Read("ca_file: ca/ca.pem, certificate: server.pem, key: server.key");
  EXPECT_EQ(Deliver(*with, AwkwardMessage()).outcome, Outcome::kDelivered);
  EXPECT_EQ(Received(1).size(), 1u);
}

TEST_F(SyslogSinkTest, AStrangersCertificateIsNotTrusted) {
  Serve(true);
  ASSERT_EQ(Deliver(*Read("ca_file: ca/ca.pem"), AwkwardMessage()).outcome, Outcome::kDelivered);
  TestDirectory other;
  const auto sink = Read("ca_file: " + MakeCertificates(other.path()).ca);
  const Answer answer = sink->Send(AwkwardMessage());
  EXPECT_EQ(answer.outcome, Outcome::kRetry);
  EXPECT_NE(answer.text.find("ertificate"), std::string::npos) << answer.text;
  EXPECT_EQ(Received(1).size(), 1u);
}

TEST_F(SyslogSinkTest, MistakesHaveTheirPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"{port: 1}", "'host'"},
      {"{host: h, transport: udp}", "transport must be tls or tcp"},
      {"{host: h, facility: local9}", "facility must be a syslog facility"},
      {"{host: h, certificate: c}", "certificate and key go together"},
      {"{host: h, enterprise_number: 0}", "enterprise_number"},
      {"{host: h, severity: x}", "unknown key 'severity'"},
  };
  for (const auto& [yaml, expected] : cases) {
    std::string problems;
    EXPECT_EQ(ReadSink(&ReadSyslogSink, yaml, directory_.path(), problems), nullptr) << yaml;
    EXPECT_NE(problems.find(expected), std::string::npos) << yaml << "\n" << problems;
  }
}

TEST(SyslogTextTest, StaysWithinWhatReceiversTake) {
  AlertLine line = AwkwardLine();
  line.text = std::string(50'000, 'x');
  line.remediation = std::string(50'000, 'y');
  line.url = std::string(50'000, '"');
  for (int i = 0; i < 100; ++i) {
    line.attributes["a" + std::to_string(i)] = std::string(1000, ']');
  }
  EXPECT_LE(SyslogText({}, AwkwardMessage(), line).size(), 8192u);
}

TEST(SyslogTextTest, AnAsciiTextHasNoByteOrderMark) {
  Message message = AwkwardMessage();
  message.test = true;
  AlertLine line;
  line.name = "Test";
  line.text = "It works.";
  line.at = FromUnix(1'795'000'600);
  EXPECT_EQ(SyslogText({.host = "vdi1"}, message, line),
            "<134>1 2026-11-18T11:16:40Z vdi1 vdiwatch - test [vdiwatch@32473 "
            "delivery=\"00000000000000aa\" name=\"Test\" since=\"1970-01-01T00:00:00Z\" "
            "opened_at=\"1970-01-01T00:00:00Z\"] test: Test in the fleet: It works.");
}

}  // namespace
}  // namespace vdiwatch::server::alert
