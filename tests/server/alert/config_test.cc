#include "server/alert/config.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "policy/policy_set.h"
#include "server/alert/known_names.h"
#include "tests/server/alert/fake_sink.h"

namespace vdiwatch::server::alert {
namespace {

std::unique_ptr<Sink> ReadFake(const Yaml& node, SinkReading& reading) {
  YamlMap map = reading.Map(node, "fake");
  const std::string url = map.Text("url");
  map.Finish();
  return url.empty() ? nullptr : std::make_unique<FakeSink>(std::make_shared<Told>());
}
constexpr SinkKind kKinds[] = {{"fake", &ReadFake}, {"other", &ReadFake}};

Result<AlertConfig> Parse(const std::string& text) {
  static const SystemClock kClock;
  return ParseAlertConfig(text, "alerts.yaml", kClock, kKinds);
}

std::string Mistake(const std::string& text) {
  const auto parsed = Parse(text);
  return parsed ? "none" : parsed.error().message;
}

constexpr char kSinks[] =
    "sinks:\n  - {name: ops, fake: {url: x}}\n  - {name: mail, other: {url: y}}\n";

TEST(AlertConfig, ReadsEachMember) {
  const auto config = Parse(std::string(kSinks) + R"(
dashboard: https://vdiwatch.corp.example:7444/
timings: {hold: 10m, clear_hold: 5m, remind_every: 12h}
timings_by_cause: {persistent-desktop: {hold: 0s}}
silences: {longest: 7d}
give_up_after: 6h
routes:
  - match: {severity: [critical, major], pool: "fin-*", attributes: {site: [berlin, leeds]}}
    sinks: [ops, mail]
    quiet_hours: {from: "22:00", to: "06:00", time_zone: Europe/Berlin, except: [critical]}
    group_for: 30s
    last: true
  - sinks: mail
heartbeat: {sinks: [ops], every: 1m}
)");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->dashboard, "https://vdiwatch.corp.example:7444");
  EXPECT_EQ(config->timings.usual.hold, Seconds(600));
  EXPECT_EQ(config->timings.Of("persistent-desktop").hold, Seconds(0));
  EXPECT_EQ(config->timings.Of("persistent-desktop").clear_hold, Seconds(300));
  EXPECT_EQ(config->timings.Of("coverage-lost").hold, Seconds(900)) << "it waits by itself";
  EXPECT_EQ(config->longest_silence, Seconds(7 * 86'400));
  EXPECT_EQ(config->give_up_after, Seconds(6 * 3600));
  ASSERT_EQ(config->sinks.size(), 2u);
  EXPECT_EQ(config->sinks[1].kind, "other");
  ASSERT_EQ(config->routes.size(), 2u);
  EXPECT_EQ(config->routes[0].match.patterns.at("attributes.site").size(), 2u);
  EXPECT_EQ(config->routes[0].quiet_hours.size(), 1u);
  EXPECT_EQ(config->routes[0].group_for, Seconds(30));
  EXPECT_TRUE(config->routes[0].last);
  EXPECT_TRUE(config->routes[1].match.patterns.empty());
  EXPECT_EQ(config->heartbeat->every, Seconds(60));
}

TEST(AlertConfig, SendsEverythingToEverySinkWithoutRoutes) {
  const auto config = Parse(kSinks);
  ASSERT_TRUE(config);
  ASSERT_EQ(config->routes.size(), 1u);
  EXPECT_EQ(config->routes[0].sinks, (std::vector<std::string>{"ops", "mail"}));
}

TEST(AlertConfig, RoutesBehindTheLastOfSomeAlertsAreUsed) {
  EXPECT_TRUE(Parse(std::string(kSinks) +
                    "routes:\n  - {match: {pool: a}, sinks: [ops], last: true}\n"
                    "  - {sinks: [ops]}\n  - {sinks: [mail], last: true}\n"));
}

TEST(AlertConfig, NamesEachMistakeAndItsPlace) {
  const std::string sinks = kSinks;
  for (const auto& [text, mistake] : std::vector<std::pair<std::string, std::string>>{
           {"sinks:\n  - {name: a, fake: {url: x}, other: {url: x}}\n",
            "alerts.yaml:2:5: a sink has exactly one of fake, other; this one has 2"},
           {"sinks:\n  - {name: a, fak: {url: x}}\n",
            "unknown key 'fak' in a sink; did you mean 'fake'?"},
           {"sinks:\n  - {name: a, fake: {url: x}}\n  - {name: a, fake: {url: x}}\n",
            "alerts.yaml:3:5: two sinks are named 'a'"},
           {sinks + "routes:\n  - sinks: [opps]\n",
            "alerts.yaml:5:13: sinks cannot be 'opps'; did "
            "you mean 'ops'?"},
           {sinks + "routes:\n  - match: {severity: critcal}\n    sinks: [ops]\n",
            "severity cannot be 'critcal'; did you mean 'critical'?"},
           {sinks + "routes:\n  - match: {pol: a}\n    sinks: [ops]\n",
            "unknown key 'pol' in match; did you mean 'pool'?"},
           {sinks + "routes:\n  - {}\n", "a route needs sinks"},
           {sinks + "routes:\n  - sinks: [ops]\n    quiet_hours: {from: \"22:00\"}\n",
            "from and to go together"},
           {sinks + "routes:\n  - sinks: [ops]\n    quiet_hours: {days: [sat], time_zone: Mars}\n",
            "time_zone 'Mars' is not known to this system"},
           {sinks + "routes:\n  - sinks: [ops]\n    quiet_hours: {days: [satt]}\n",
            "'satt' is no day"},
           {sinks + "routes: []\n", "alerts.yaml:4:9: routes must not be empty"},
           {sinks + "routes:\n  - {sinks: [ops], last: true}\n  - {sinks: [mail]}\n",
            "alerts.yaml:6:5: no alert comes to this route"},
           {sinks + "routes:\n  - sinks: []\n", "alerts.yaml:5:12: sinks must not be empty"},
           {sinks + "routes:\n  - match: {pool: \"fin[a\"}\n    sinks: [ops]\n",
            "alerts.yaml:5:19: pool: 'fin[a' has a '[' that no ']' closes"},
           {sinks + "routes:\n  - match: {attributes: {site: [a, \"b[z-a]\"]}}\n    sinks: [ops]\n",
            "alerts.yaml:5:36: attributes.site: 'b[z-a]' has the range z-a, which holds nothing"},
           {sinks +
                "routes:\n  - sinks: [ops]\n    quiet_hours: {from: \"22:00\", to: \"22:00\"}\n",
            "alerts.yaml:6:18: quiet_hours: from and to are the same"},
           {sinks + "routes:\n  - sinks: [ops]\n    quiet_hours: {days: [mon, tue, wed, thu, fri, "
                    "sat, sun], except: [critical]}\n",
            "alerts.yaml:6:18: quiet_hours hold back what is major all week long"},
           {sinks +
                "routes:\n  - sinks: [ops]\n    quiet_hours: [{from: \"22:00\", to: \"06:00\"}, "
                "{from: \"06:00\", to: \"22:00\"}]\n",
            "quiet_hours hold back what is critical all week long"},
           {sinks + "heartbeat: {sinks: [ops], every: 1s}\n", "every is at least 10s"},
           {sinks + "timings: {hold: fast}\n", "hold must be a span such as 10m, or 0s"},
           {sinks + "dashboard: vdiwatch\n", "dashboard must be an address"},
           {sinks + "sink: []\n",
            "unknown key 'sink' in the alerts' configuration; did you mean 'sinks'?"},
           {"sinks:\n  - {name: a, fake: {url: x}, rate: {per: 1m}}\n", "rate needs messages"},
           {"a: 1\n---\nb: 2\n", "expected one document"}}) {
    EXPECT_NE(Mistake(text).find(mistake), std::string::npos) << text << "\n" << Mistake(text);
  }
}

TEST(AlertConfig, AlertsWaitForOneIntervalOfCheckInsUnlessItSaysOtherwise) {
  EXPECT_EQ(Parse("dashboard: https://a.example\n")->timings.usual.hold, Seconds(900));
  EXPECT_EQ(Parse("timings: {hold: 0s}\n")->timings.usual.hold, Seconds(0));
}

TEST(AlertConfig, NamesThatNoAlertOfThePolicyHasAreFound) {
  const auto config = Parse(std::string(kSinks) +
                            "routes:\n  - match: {cause: [citrx-on-xen, \"*-lost\", "
                            "waiver-expiring/lab, \"sink-failing/*\"], rule: citrix-on-xen,\n"
                            "            name: [PoolNoncomplient, CitrixOnXenPool]}\n"
                            "    sinks: [ops]\n");
  ASSERT_TRUE(config) << config.error().message;
  const KnownNames known = NamesUnder(policy::LoadPolicy({policy::BuiltInPack()}).set);
  EXPECT_EQ(UnknownNames(*config, known),
            (std::vector<std::string>{
                "alerts.yaml:5:21: cause: 'citrx-on-xen' matches no alert of this policy; did you "
                "mean 'citrix-on-xen'?",
                "alerts.yaml:6:20: name: 'PoolNoncomplient' matches no alert of this policy; did "
                "you mean 'PoolNoncompliant'?"}));
}

TEST(AlertConfig, TimingsOfCausesThatThereAreNotAreFound) {
  const auto config = Parse(
      "timings_by_cause:\n  persistant-desktop: {hold: 0s}\n  sink-faling/mail: {hold: 0s}\n"
      "  sink-failing: {hold: 0s}\n  waiver-expiring/lab: {hold: 0s}\n  pool-unknown: {hold: 0s}\n"
      "  PoolSilent: {hold: 0s}\n");
  ASSERT_TRUE(config) << config.error().message;
  const KnownNames known = NamesUnder(policy::LoadPolicy({policy::BuiltInPack()}).set);
  const auto lines = UnknownNames(*config, known);
  ASSERT_EQ(lines.size(), 3u) << Join(lines, "\n");
  EXPECT_EQ(lines[0],
            "alerts.yaml:2:3: cause: 'persistant-desktop' matches no alert of this policy; did you "
            "mean 'persistent-desktop'?");
  EXPECT_EQ(lines[1].find("alerts.yaml:3:3: cause: 'sink-faling/mail'"), 0u) << lines[1];
  EXPECT_EQ(lines[2].find("alerts.yaml:7:3: cause: 'PoolSilent'"), 0u) << lines[2];
  EXPECT_NE(Mistake("timings_by_cause: {\"pool-*\": {hold: 0s}}\n")
                .find("alerts.yaml:1:20: timings_by_cause takes causes by their names"),
            std::string::npos);
}

TEST(AlertConfig, IsGoodWithoutAnySink) { EXPECT_TRUE(Parse("timings: {hold: 1m}\n")); }

}  // namespace
}  // namespace vdiwatch::server::alert
