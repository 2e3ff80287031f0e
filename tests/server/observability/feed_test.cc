#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

#include "base/file.h"
#include "base/text.h"
#include "server/feed_format.h"
#include "server/handlers_feed.h"
#include "tests/server/alert/receiver.h"
#include "tests/server/test_site.h"

namespace vdiwatch::server {
namespace {

using policy::Grade;

std::vector<Json> LinesOf(const HttpResponse& response) {
  EXPECT_EQ(response.status, 200) << response.body;
  std::vector<Json> lines;
  for (const std::string_view line : Split(response.body, '\n')) {
    if (!line.empty()) lines.push_back(Json::parse(line));
  }
  return lines;
}

void ExpectOcsf(const std::string& lines) {
  TestDirectory directory;
  const auto file = directory.Write("lines", lines);
  const auto ended = alert::RunToEnd(
      fmt::format("/usr/bin/python3 {0}/check_lines.py {0}/ocsf_compliance_finding.schema.json {1}",
                  VDIWATCH_SOURCE_DIR "/tests/server/observability", file.string()));
  EXPECT_EQ(ended.exit_code, 0) << ended.output << lines;
}

const Json* Find(const std::vector<Json>& lines, const std::string& title_end) {
  for (const Json& line : lines) {
    if (line["finding_info"]["title"].get<std::string>().ends_with(title_end)) return &line;
  }
  return nullptr;
}

constexpr char kReasons[] =
    R"([{"rule":"hypervisor","grade":"noncompliant","desktops":3,"text":"3 of 4 desktops run on Xen."}])";

class FeedTest : public testing::Test {
 protected:
  void FillSite() {
    site.AddDesktop("citrix", "xen-01", XenFacts());
    site.AddDesktop("citrix", "good-01", GoodFacts());
    site.AddDesktop("citrix", "silent-01", XenFacts(), collector::Presence::kStale);
    site.SetPoolState("citrix", Grade::kNoncompliant, kReasons);
    site.clock.Advance(kFeedLag + Seconds(1));
  }
  TestSite site;
};

TEST_F(FeedTest, TransitionsAreComplianceFindingsOfOcsf) {
  FillSite();
  const HttpResponse response = site.Get("/api/v1/feed/transitions?cursor=start");
  EXPECT_EQ(response.Header("Content-Type"), "application/x-ndjson");
  EXPECT_EQ(response.Header("Vdiwatch-More"), "false");
  ExpectOcsf(response.body);
  const auto lines = LinesOf(response);
  ASSERT_EQ(lines.size(), 3u) << response.body;  // a compliant desktop that comes is no finding
  const Json* pool = Find(lines, "support of citrix");
  ASSERT_NE(pool, nullptr);
  EXPECT_EQ((*pool)["activity_name"], "Create");
  EXPECT_EQ((*pool)["unmapped"]["from"], "absent") << "a pool is made unknown, but nobody heard so";
  EXPECT_EQ((*pool)["severity"], "High");
  EXPECT_EQ((*pool)["compliance"]["status"], "Fail");
  EXPECT_EQ((*pool)["compliance"]["standards"], Json({"test 7"}));
  EXPECT_EQ((*pool)["compliance"]["checks"][0]["uid"], "hypervisor");
  EXPECT_EQ((*pool)["compliance"]["checks"][0]["name"], "A supported hypervisor");
  EXPECT_EQ((*pool)["compliance"]["desc"], "3 of 4 desktops run on Xen.");
  EXPECT_EQ((*pool)["remediation"]["desc"], "Move it to VMware.");
  EXPECT_EQ((*pool)["time"], ToUnix(kStart) * 1000);
  const Json* xen = Find(lines, "support of xen-01");
  ASSERT_NE(xen, nullptr);
  EXPECT_EQ((*xen)["activity_name"], "Create");
  EXPECT_EQ((*xen)["resources"][0]["group"]["name"], "citrix");
  EXPECT_EQ((*xen)["compliance"]["checks"][0]["uid"], "hypervisor");
  EXPECT_EQ((*xen)["unmapped"]["from"], "absent");
  const Json* silent = Find(lines, "support of silent-01");
  ASSERT_NE(silent, nullptr);
  EXPECT_EQ((*silent)["compliance"]["status"], "Warning");  // unknown is never a pass
}

TEST_F(FeedTest, EachGradeHasAnActivityAStatusAndASeverity) {
  const std::optional<Grade> grades[] = {
      std::nullopt,         Grade::kCompliant, Grade::kConditional,  Grade::kUnknown,
      Grade::kNoncompliant, Grade::kWaived,    Grade::kNotApplicable};
  const policy::PolicySet none{};
  std::string lines;
  for (const auto& from : grades) {
    for (const auto& to : grades) {
      collector::FeedEvent event;
      event.id = "d1";
      event.at = kStart;
      event.pool = "a \"pool\"";
      event.desktop_id = 1;
      event.host_name = "h";
      event.from = from;
      event.to = to;
      lines += OcsfLine(event, none) + "\n";
    }
  }
  ExpectOcsf(lines);
}

TEST_F(FeedTest, AReasonThatIsNoRulesHasANameAndAPolicyThatIsNotKnownNoDigest) {
  collector::FeedEvent event;
  event.id = "p1";
  event.at = kStart;
  event.pool = "finance";
  event.to = Grade::kUnknown;
  event.reasons = R"([{"rule":"","grade":"unknown","desktops":3,"text":"3 of 4 are silent."}])";
  const std::string line = OcsfLine(event, policy::PolicySet());
  ExpectOcsf(line + "\n");
  const Json json = Json::parse(line);
  const Json& check = json["compliance"]["checks"].at(0);
  EXPECT_EQ(check["uid"], "pool:coverage");
  EXPECT_EQ(check["name"], "Coverage of the pool");
  EXPECT_EQ(json["compliance"]["control"], "Coverage of the pool");
  EXPECT_EQ(json["compliance"]["standards"], Json({"vdiwatch policy"}));
}

TEST_F(FeedTest, APoolIsCreatedOnceAndUpdatedLater) {
  site.SetPoolState("citrix", Grade::kNoncompliant, kReasons);
  site.clock.Advance(Seconds(60));
  site.SetPoolState("citrix", Grade::kConditional, kReasons);
  site.clock.Advance(kFeedLag + Seconds(1));
  const auto lines = LinesOf(site.Get("/api/v1/feed/transitions?cursor=start"));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["activity_name"], "Create");
  EXPECT_EQ(lines[1]["activity_name"], "Update");
}

TEST_F(FeedTest, PagesLoseAndRepeatNothing) {
  std::set<std::string> expected;
  for (int i = 0; i < 25; ++i) {
    const std::string host = fmt::format("ctx-{:02}", i);
    site.AddDesktop("citrix", host, XenFacts());
    expected.insert(host);
  }
  site.clock.Advance(kFeedLag + Seconds(1));
  std::set<std::string> seen;
  std::string cursor = "start";
  for (std::string more = "true"; more == "true";) {
    const HttpResponse page = site.Get("/api/v1/feed/transitions?limit=4&cursor=" + cursor);
    const auto lines = LinesOf(page);
    EXPECT_LE(lines.size(), 4u);
    for (const Json& line : lines) {
      EXPECT_TRUE(seen.insert(line["resources"][0]["name"]).second);
    }
    cursor = page.Header("Vdiwatch-Cursor");
    more = page.Header("Vdiwatch-More");
  }
  EXPECT_EQ(seen, expected);
  EXPECT_TRUE(site.Get("/api/v1/feed/transitions?cursor=" + cursor).body.empty());
}

TEST_F(FeedTest, WithoutACursorItBeginsNow) {
  FillSite();
  const HttpResponse first = site.Get("/api/v1/feed/transitions");
  EXPECT_TRUE(first.body.empty());
  const std::string cursor(first.Header("Vdiwatch-Cursor"));
  const HttpResponse next = site.Get("/api/v1/feed/transitions?cursor=" + cursor);
  EXPECT_TRUE(next.body.empty());
  EXPECT_EQ(next.Header("Vdiwatch-Cursor"), cursor);
}

// Numbers of the logs would tell how much happens in pools that somebody may not see.
TEST_F(FeedTest, CursorsAndIdsTellNothingOfOtherPools) {
  FillSite();
  const auto ask = [&](const std::string& cursor, const PoolScope& pools) {
    HttpRequest request = Request("GET", "/api/v1/feed/transitions?limit=1&cursor=" + cursor);
    request.headers["authorization"] =
        "Bearer " + site.NewApiToken(Role::kViewer, Seconds(60), pools);
    return site.Send(request);
  };
  const HttpResponse hidden = ask("start", {"finance"});
  EXPECT_TRUE(hidden.body.empty());
  EXPECT_EQ(hidden.Header("Vdiwatch-More"), "false") << "not that there were some";
  EXPECT_EQ(hidden.Header("Vdiwatch-Cursor").size(),
            ask("start", {}).Header("Vdiwatch-Cursor").size());
  EXPECT_EQ(hidden.Header("Vdiwatch-Cursor").find('.'), std::string_view::npos);
  EXPECT_EQ(ask("0.0.0.0", {"finance"}).status, 400) << "only places that it was given";
  EXPECT_EQ(ask("0.0.0.0", {}).status, 200) << "kept by a follower before cursors were sealed";
  const Json line = LinesOf(ask("start", {})).at(0);
  EXPECT_EQ(line["metadata"]["uid"].get<std::string>().size(), 32u);
  EXPECT_EQ(line, LinesOf(ask("start", {})).at(0)) << "the same whenever it is read";
}

TEST_F(FeedTest, WhatMayStillBeWrittenIsLeftForLater) {
  site.AddDesktop("citrix", "xen-01", XenFacts());
  site.clock.Advance(kFeedLag);
  EXPECT_TRUE(site.Get("/api/v1/feed/transitions?cursor=start").body.empty());
  site.clock.Advance(Seconds(1));
  EXPECT_EQ(LinesOf(site.Get("/api/v1/feed/transitions?cursor=start")).size(), 1u);
}

TEST_F(FeedTest, WrongParametersAreRefused) {
  for (const char* query : {"format=leef", "cursor=1.2.3", "cursor=1.2.3.-4", "cursor=x.y.z.a",
                            "limit=0", "limit=5001", "since=1"}) {
    EXPECT_EQ(site.Get(std::string("/api/v1/feed/transitions?") + query).status, 400) << query;
  }
  EXPECT_EQ(site.Send(Request("GET", "/api/v1/feed/transitions")).status, 401);
}

// Takes a CEF line apart by the guide's rules.
struct Cef {
  std::vector<std::string> header;
  std::map<std::string, std::string> extension;
};
Cef ParseCef(const std::string& line) {
  Cef cef;
  std::string field;
  std::size_t i = 0;
  for (; i < line.size() && cef.header.size() < 7; ++i) {
    if (line[i] == '\\') {
      field += line[++i];
    } else if (line[i] == '|') {
      cef.header.push_back(std::exchange(field, ""));
    } else {
      field += line[i];
    }
  }
  std::string key, word;
  for (; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
      word += line[i] == 'n' ? '\n' : line[i];
    } else if (line[i] == '=') {  // what stands before it, back to a blank, is the next key
      const std::size_t blank = word.rfind(' ');
      if (!key.empty()) cef.extension[key] = word.substr(0, blank);
      key = blank == std::string::npos ? word : word.substr(blank + 1);
      word.clear();
    } else {
      word += line[i];
    }
  }
  cef.extension[key] = word;
  return cef;
}

TEST_F(FeedTest, CefEscapesWhatItMust) {
  collector::FeedEvent event;
  event.id = "p12";
  event.at = kStart;
  event.pool = R"(a=b|c\d)";
  event.from = Grade::kCompliant;
  event.to = Grade::kNoncompliant;
  event.policy = "sha256:00";
  event.reasons = Json::array({{{"rule", "hypervisor"},
                                {"grade", "noncompliant"},
                                {"text", "3 of 4: x=1 | y\\z\nsecond line"}}})
                      .dump();
  const std::string line = CefLine(event, policy::PolicySet());
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_NE(line.find(R"(msg=3 of 4: x\=1 | y\\z\nsecond line)"), std::string::npos) << line;
  const Cef cef = ParseCef(line);
  ASSERT_EQ(cef.header.size(), 7u) << line;
  EXPECT_EQ(cef.header[0], "CEF:0");
  EXPECT_EQ(cef.header[4], "pool-transition");
  EXPECT_EQ(cef.header[6], "8");
  EXPECT_EQ(cef.extension.at("rt"), std::to_string(ToUnix(kStart) * 1000));
  EXPECT_EQ(cef.extension.at("cs1Label"), "pool");
  EXPECT_EQ(cef.extension.at("cs1"), event.pool);
  EXPECT_EQ(cef.extension.at("cs2"), "compliant");
  EXPECT_EQ(cef.extension.at("msg"), "3 of 4: x=1 | y\\z\nsecond line");
  EXPECT_EQ(cef.extension.at("outcome"), "noncompliant");
  EXPECT_EQ(cef.extension.at("externalId"), "p12");
}

TEST_F(FeedTest, CefIsALineForEachTransition) {
  FillSite();
  const HttpResponse response = site.Get("/api/v1/feed/transitions?format=cef&cursor=start");
  EXPECT_EQ(response.Header("Content-Type"), "text/plain; charset=utf-8");
  std::set<std::string> hosts;
  for (const std::string_view line : Split(response.body, '\n')) {
    if (line.empty()) continue;
    const Cef cef = ParseCef(std::string(line));
    ASSERT_EQ(cef.header.size(), 7u) << line;
    if (cef.header[4] == "desktop-transition") hosts.insert(cef.extension.at("dhost"));
  }
  EXPECT_EQ(hosts, (std::set<std::string>{"xen-01", "silent-01"}));
}

}  // namespace
}  // namespace vdiwatch::server
