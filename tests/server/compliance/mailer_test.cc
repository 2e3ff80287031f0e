// Scheduled reports through the API, the store and a real mail server, Debian's aiosmtpd.
#include "server/compliance/mailer.h"

#include "collector/store/access_store.h"
#include "tests/server/alert/receiver.h"
#include "tests/server/test_site.h"

namespace vdiwatch::server {
namespace {

using collector::ReportDelivery;

constexpr char kPath[] = "/api/v1/reports/schedules";

class MailerTest : public testing::Test {
 protected:
  MailerTest() {
    site_.AddDesktop("citrix", "ctx-01", XenFacts());
    site_.SetPoolState("citrix", policy::Grade::kNoncompliant, "[]");
    site_.clock.Advance(Seconds(60));
    settings_.host = "127.0.0.1";
    settings_.port = 1;
    settings_.security = alert::MailSettings::Security::kNone;
    settings_.from = "vdiwatch <vdiwatch@corp.example>";
    settings_.to = {"never@corp.example"};
    settings_.timeout = Seconds(10);
    mailer_ = NewMailer();
    site_.services().mailer = mailer_.get();
  }
  std::unique_ptr<compliance::Mailer> NewMailer() {
    return std::make_unique<compliance::Mailer>(compliance::MailerParts{
        .past = *site_.database.past,
        .store = *site_.database.reports,
        .policy = [this] { return site_.services().policy().set; },
        .settings = [this](const std::string&) { return Result<alert::MailSettings>(settings_); },
        .sinks = [] { return std::vector<std::string>{"ops-mail"}; },
        .keep_history = Seconds(400LL * 86'400),
        .clock = site_.clock,
        .log = log_});
  }
  void Serve() {
    receiver_ = std::make_unique<alert::Receiver>(
        std::vector<std::string>{"/usr/bin/python3",
                                 VDIWATCH_SOURCE_DIR "/tests/server/alert/mail_server.py",
                                 certificates_.certificate, certificates_.key, "none"},
        directory_.path() / "mails");
    const auto objects = receiver_->AwaitObjects(1);
    ASSERT_FALSE(objects.empty());
    settings_.port = objects[0]["port"].get<std::uint16_t>();
  }
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

  // kStart is Wednesday, 2026-11-18T10:26:40Z.
  static Json Body() {
    return {{"name", "Weekly"},
            {"scope", "pool:citrix"},
            {"format", "csv"},
            {"sink", "ops-mail"},
            {"recipients", {"a@corp.example", "b@corp.example"}},
            {"when", {{"days", {"wed"}}, {"time", "12:00"}, {"time_zone", "UTC"}}}};
  }
  std::string Create(const Json& body = Body()) {
    const HttpResponse response = site_.Post(kPath, body, Role::kOperator);
    EXPECT_EQ(response.status, 201) << response.body;
    return BodyOf(response).value("id", "");
  }
  Json LogOf(const std::string& id) {
    return site_.GetJson(std::string(kPath) + "/" + id + "/deliveries",
                         Role::kOperator)["deliveries"];
  }
  HttpResponse Send(const std::string& method, const std::string& id, const Json& body,
                    const std::string& if_match) {
    HttpRequest request = Request(method, std::string(kPath) + "/" + id);
    request.headers["authorization"] = "Bearer " + site_.NewApiToken(Role::kOperator);
    if (!if_match.empty()) request.headers["if-match"] = if_match;
    if (!body.is_null()) {
      request.headers["content-type"] = "application/json";
      request.body = body.dump();
    }
    return site_.Send(request);
  }
  void Turn() {
    const auto done = mailer_->Turn();
    EXPECT_TRUE(done.has_value()) << done.error().message;
  }

  TestDirectory directory_;
  alert::TestCertificates certificates_ = alert::MakeCertificates(directory_.path());
  TestSite site_;
  Log log_{Log::Level::kError};
  alert::MailSettings settings_;
  std::unique_ptr<compliance::Mailer> mailer_;
  std::unique_ptr<alert::Receiver> receiver_;
};

TEST_F(MailerTest, ADueReportArrivesOnceWithItsTables) {
  Serve();
  const std::string id = Create();
  Turn();
  EXPECT_TRUE(LogOf(id).empty()) << "not due yet";
  site_.clock.Advance(Seconds(2 * 3600));
  Turn();
  Turn();
  EXPECT_TRUE(NewMailer()->Turn().has_value());  // another daemon on the same store
  const Json mail = Mails(1).at(0);
  EXPECT_EQ(mail["recipients"], Json({"a@corp.example", "b@corp.example"}));
  EXPECT_EQ(mail["defects"], Json::array());
  EXPECT_EQ(Header(mail, "Subject"),
            "Compliance of pool citrix: 1 of 1 pools noncompliant as of 2026-11-18");
  EXPECT_NE(mail["text"].get<std::string>().find("as of 2025-06-01"), std::string::npos)
      << mail["text"];
  ASSERT_EQ(mail["attachments"].size(), 4u);
  EXPECT_EQ(mail["attachments"][0]["name"], "vdiwatch-compliance-citrix-pools-2026-11-18.csv");
  EXPECT_EQ(mail["attachments"][0]["type"], "text/csv");
  EXPECT_EQ(receiver_->Objects().size(), 2u) << "the port, and one mail";

  const Json log = LogOf(id);
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0]["state"], "sent");
  EXPECT_EQ(log[0]["due_at"], "2026-11-18T12:00:00Z");
  EXPECT_EQ(log[0]["answer"], "250 2.0.0 taken as 4711");
  const Json schedule = site_.GetJson(std::string(kPath) + "/" + id, Role::kOperator);
  EXPECT_EQ(schedule["next_due"], "2026-11-25T12:00:00Z");
}

TEST_F(MailerTest, AServerThatIsAwayGetsItLater) {
  const std::string id = Create();
  site_.clock.Advance(Seconds(2 * 3600));
  Turn();
  EXPECT_EQ(LogOf(id)[0]["state"], "waiting");
  EXPECT_EQ(LogOf(id)[0]["attempts"], 1);
  EXPECT_NE(LogOf(id)[0]["answer"], "");
  Turn();
  EXPECT_EQ(LogOf(id)[0]["attempts"], 1) << "not before a minute has passed";
  Serve();
  mailer_ = NewMailer();  // a restart meanwhile
  site_.services().mailer = mailer_.get();
  site_.clock.Advance(Seconds(60));
  Turn();
  EXPECT_EQ(LogOf(id)[0]["state"], "sent");
  EXPECT_EQ(Header(Mails(1).at(0), "Message-ID").substr(0, 7), "<report");
}

TEST_F(MailerTest, AfterADayItGivesUp) {
  const std::string id = Create();
  site_.clock.Advance(Seconds(2 * 3600));
  for (int hour = 0; hour < 26; ++hour) {
    Turn();
    site_.clock.Advance(Seconds(3600));
  }
  EXPECT_EQ(LogOf(id)[0]["state"], "failed");
}

TEST_F(MailerTest, WhatWasMissedIsSentOnceAsOfTheLastTime) {
  Serve();
  const std::string id = Create();
  site_.clock.Advance(Seconds(20 * 86'400));
  Turn();
  ASSERT_EQ(LogOf(id).size(), 1u);
  EXPECT_EQ(LogOf(id)[0]["due_at"], "2026-12-02T12:00:00Z");
  EXPECT_NE(Header(Mails(1).at(0), "Subject").find("as of 2026-12-02"), std::string::npos);
}

TEST_F(MailerTest, ARefusalForGoodEndsIt) {
  Serve();
  Json body = Body();
  body["recipients"] = {"550@corp.example"};
  const std::string id = Create(body);
  site_.clock.Advance(Seconds(2 * 3600));
  Turn();
  EXPECT_EQ(LogOf(id)[0]["state"], "failed");
  EXPECT_NE(LogOf(id)[0]["answer"].get<std::string>().find("550"), std::string::npos);
}

TEST_F(MailerTest, SendsByHandWithoutMovingItsTimes) {
  Serve();
  const std::string id = Create();
  const std::string path = std::string(kPath) + "/" + id;
  const Json before = site_.GetJson(path, Role::kOperator);
  EXPECT_EQ(site_.Post(path + "/send", Json::object(), Role::kOperator).status, 202);
  Turn();
  EXPECT_EQ(LogOf(id)[0]["state"], "sent");
  EXPECT_EQ(site_.GetJson(path, Role::kOperator), before);
}

TEST_F(MailerTest, SchedulesChangeOnlyAsTheyWereRead) {
  const std::string id = Create();
  Json body = Body();
  body["format"] = "xlsx";
  EXPECT_EQ(Send("PUT", id, body, "").status, 428);
  EXPECT_EQ(Send("PUT", id, body, "\"stale\"").status, 412);
  const std::string tag(Send("GET", id, nullptr, "").Header("ETag"));
  const HttpResponse changed = Send("PUT", id, body, tag);
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(BodyOf(changed)["format"], "xlsx");
  EXPECT_EQ(Send("DELETE", id, nullptr, tag).status, 412);
  const std::string next(Send("GET", id, nullptr, "").Header("ETag"));
  EXPECT_EQ(Send("DELETE", id, nullptr, next).status, 204);
  EXPECT_EQ(Send("GET", id, nullptr, "").status, 404);
  std::vector<std::string> actions;
  const auto audit = site_.database.access->AuditLog(10);
  for (const auto& entry : *audit) actions.push_back(entry.action);
  EXPECT_EQ(actions, (std::vector<std::string>{"report_schedule_deleted", "report_schedule_changed",
                                               "report_schedule_created"}));
}

TEST_F(MailerTest, BadSchedulesSayWhatIsWrong) {
  const auto detail = [this](const char* member, const Json& value) {
    Json body = Body();
    body[member] = value;
    const HttpResponse response = site_.Post(kPath, body, Role::kOperator);
    EXPECT_EQ(response.status, 400) << response.body;
    return BodyOf(response).value("detail", "");
  };
  EXPECT_EQ(detail("sink", "nowhere"),
            "sink: there is no smtp sink 'nowhere' in alerts.yaml; there is ops-mail");
  EXPECT_EQ(detail("recipients", Json::array()), "recipients must be 1 to 50 addresses");
  EXPECT_EQ(detail("recipients", {"a@b\r\nBcc: x@y"}).substr(0, 12), "recipients: ");
  EXPECT_EQ(detail("format", "pdf"), "format cannot be 'pdf'; it is json, csv or xlsx");
  EXPECT_EQ(detail("name", "two\nlines"), "name must be a line of text");
  EXPECT_EQ(detail("color", "red"), "unknown member 'color'");
  EXPECT_EQ(site_.Post(kPath, Body(), Role::kViewer).status, 403);
}

}  // namespace
}  // namespace vdiwatch::server
