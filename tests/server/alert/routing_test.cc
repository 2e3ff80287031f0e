#include "server/alert/routing.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace vdiwatch::server::alert {
namespace {

using policy::NoticeKind;

const Time kNow = FromUnix(1'795'000'000);

AlertLine Line(const std::string& pool, const std::string& cause = "hypervisor") {
  AlertLine line;
  line.id = pool + cause;
  line.name = "CitrixOnXenPool";
  line.pool = pool;
  line.cause = line.rule = cause;
  line.severity = "critical";
  line.attributes = {{"site", "berlin"}};
  line.since = line.opened_at = line.at = kNow;
  return line;
}

Match Where(const std::string& label, std::vector<std::string> patterns) {
  return {{{label, std::move(patterns)}}};
}

TEST(Match, TakesPatternsAndAllLabels) {
  EXPECT_TRUE(Matches({}, Line("finance")));
  EXPECT_TRUE(Matches(Where("pool", {"x", "fin*"}), Line("finance")));
  EXPECT_FALSE(Matches(Where("pool", {"fin"}), Line("finance")));
  EXPECT_TRUE(Matches(Where("attributes.site", {"b*"}), Line("finance")));
  EXPECT_FALSE(Matches(Where("attributes.owner", {"?*"}), Line("finance"))) << "it has none";
  Match both = Where("pool", {"finance"});
  both.patterns["severity"] = {"minor"};
  EXPECT_FALSE(Matches(both, Line("finance")));
}

TEST(Match, OfASilenceNeedsAKnownLabel) {
  EXPECT_TRUE(ParseMatchers({{"pool", "fin-*"}, {"attributes.site", "berlin"}}));
  EXPECT_TRUE(ParseMatchers({{"pool", "fin-[a-c]*"}, {"severity", "m*"}}));
  EXPECT_TRUE(ParseMatchers({{"pool", "[]x]\\[*"}}));
  for (const Json& bad :
       {Json::object(), Json::array(), Json{{"pol", "a"}}, Json{{"pool", 1}}, Json{{"pool", ""}},
        Json{{"attributes.", "a"}}, Json{{"severity", "bogus"}}, Json{{"pool", "fin[a"}},
        Json{{"pool", "fin[z-a]"}}, Json{{"pool", "fin\\"}}}) {
    EXPECT_FALSE(ParseMatchers(bad)) << bad.dump();
  }
}

AlertConfig Routes(std::vector<RouteSpec> routes) {
  AlertConfig config;
  config.routes = std::move(routes);
  return config;
}

RouteSpec To(std::vector<std::string> sinks, Match match = {}, bool last = false) {
  RouteSpec route;
  route.match = std::move(match);
  route.sinks = std::move(sinks);
  route.last = last;
  return route;
}

std::string SinksOf(const AlertConfig& config, const AlertLine& line) {
  std::string names;
  for (const Leg& leg : LegsOf(config, line, {}, kNow)) names += leg.sink + " ";
  return names;
}

TEST(Legs, FollowEveryRouteThatMatchesUntilTheLast) {
  const AlertConfig config =
      Routes({To({"pager"}, Where("pool", {"fin*"})),
              To({"mail", "pager"}, Where("severity", {"critical"}), true), To({"everything"})});
  EXPECT_EQ(SinksOf(config, Line("finance")), "pager mail ");
  EXPECT_EQ(SinksOf(config, Line("sales")), "mail pager ");
  AlertLine minor = Line("sales");
  minor.severity = "minor";
  EXPECT_EQ(SinksOf(config, minor), "everything ");
  EXPECT_EQ(SinksOf(Routes({}), minor), "");
}

collector::Silence Quiet(const std::string& matchers, Seconds lasts = Seconds(3600)) {
  return {7, matchers, kNow - Seconds(60), kNow + lasts, "jane", "moving"};
}

TEST(Legs, OfASilencedAlertWaitForItsEnd) {
  const AlertConfig config = Routes({To({"mail"})});
  const std::vector stored{Quiet(R"({"pool":"fin*"})"),
                           Quiet(R"({"pool":"finance"})", Seconds(7200)), Quiet("broken")};
  const auto silences = SilencesAt(stored, kNow);
  EXPECT_EQ(silences.size(), 2u);
  const auto legs = LegsOf(config, Line("finance"), silences, kNow);
  ASSERT_EQ(legs.size(), 1u);
  EXPECT_EQ(legs[0].due, kNow + Seconds(7200));
  EXPECT_EQ(legs[0].why.find("silenced by 0000000000000007 until "), 0u) << legs[0].why;
  EXPECT_EQ(LegsOf(config, Line("sales"), silences, kNow)[0].due, kNow);
  AlertLine over = Line("finance");
  over.kind = NoticeKind::kResolved;
  EXPECT_EQ(LegsOf(config, over, silences, kNow)[0].due, kNow) << "good news";
  EXPECT_TRUE(SilencesAt(stored, kNow + Seconds(7200)).empty());
  EXPECT_TRUE(SilencesAt(stored, kNow - Seconds(61)).empty());
}

std::vector<OutboxNotice> Notices(int count, const std::string& cause = "hypervisor") {
  std::vector<OutboxNotice> notices;
  for (int i = 1; i <= count; ++i) notices.push_back({i, Line("pool-" + std::to_string(i), cause)});
  return notices;
}

struct Router {
  std::int64_t id = 100;
  PolicyNews news;
  Routed operator()(const AlertConfig& config, const std::vector<OutboxNotice>& notices,
                    const std::vector<HeldMessage>& held = {}) {
    return RouteNotices(config, notices, held, {}, news, kNow, [this] { return ++id; });
  }
};

TEST(Routing, PutsOneCauseInManyPoolsIntoOneMessage) {
  Router router;
  auto notices = Notices(3);
  notices.push_back({9, Line("pool-9", "size")});
  notices.push_back({10, Line("pool-1")});
  notices.back().line.kind = NoticeKind::kResolved;
  const Routed routed = router(Routes({To({"mail"})}), notices);
  EXPECT_EQ(routed.notices.size(), 5u);
  ASSERT_EQ(routed.made.size(), 3u) << "a cause, another cause, an end";
  std::size_t most = 0;
  for (const auto& made : routed.made) most = std::max(most, made.notices.size());
  EXPECT_EQ(most, 3u);
  EXPECT_EQ(router(Routes({To({"mail"})}), Notices(120)).made.size(), 3u) << "50 at most";
}

TEST(Routing, PutsWhatAPolicyChangeBroughtAboutIntoOneMessage) {
  Router router;
  router.news = {kNow - Seconds(5), "The policy p 2 came into force"};
  auto notices = Notices(2);
  notices.push_back({9, Line("pool-9", "size")});
  const Routed routed = router(Routes({To({"mail"})}), notices);
  ASSERT_EQ(routed.made.size(), 1u);
  std::vector<AlertLine> lines;
  for (const auto& notice : notices) lines.push_back(notice.line);
  EXPECT_EQ(SharedBy(lines, router.news), "The policy p 2 came into force");
  lines[0].since = kNow - Seconds(3600);
  EXPECT_EQ(SharedBy(lines, router.news), "") << "not all of it";
  lines.pop_back();
  EXPECT_EQ(SharedBy(lines, {}), "2 pools, one cause: hypervisor");
  EXPECT_EQ(SharedBy(std::span(lines).first(1), {}), "");
}

TEST(Routing, PutsSinksBehindOneDeadProxyIntoOneMessage) {
  Router router;
  std::vector<OutboxNotice> notices;
  for (const char* sink : {"mail", "hook", "pager"}) {
    notices.push_back({static_cast<std::int64_t>(notices.size()) + 1,
                       Line("", std::string("sink-failing/") + sink)});
  }
  notices.push_back({9, Line("", "policy-refused")});
  const Routed routed = router(Routes({To({"other"})}), notices);
  ASSERT_EQ(routed.made.size(), 2u);
  EXPECT_EQ(routed.made[0].notices.size(), 3u);
  const std::vector waivers{Line("finance", "waiver-expiring/lab"),
                            Line("sales", "waiver-expiring/move")};
  EXPECT_EQ(SharedBy(waivers, {}), "2 pools, one cause: waiver-expiring");
}

TEST(Routing, BlamesAPolicyForVerdictsAlone) {
  const PolicyNews news{kNow - Seconds(5), "The policy p 2 came into force"};
  AlertLine unknown = Line("finance", "pool-unknown");
  unknown.rule.clear();
  for (const AlertLine& line : {Line("finance"), unknown}) {
    EXPECT_EQ(SharedBy(std::span(&line, 1), news), news.text) << line.cause;
  }
  for (const char* cause :
       {"coverage-lost", "cloned-identities", "persistence-conflict", "waiver-expiring/lab"}) {
    AlertLine line = Line("finance", cause);
    line.rule.clear();
    EXPECT_EQ(SharedBy(std::span(&line, 1), news), "") << cause;
    EXPECT_FALSE(BelongsTo(std::vector{Line("sales")}, line, news)) << cause;
  }
  AlertLine fleet = Line("", "sink-failing/mail");
  fleet.rule.clear();
  EXPECT_EQ(SharedBy(std::span(&fleet, 1), news), "");
}

TEST(Routing, LetsLaterNoticesJoinAMessageThatStillWaits) {
  Router router;
  RouteSpec grouped = To({"mail"});
  grouped.group_for = Seconds(30);
  const AlertConfig config = Routes({grouped});
  const Routed first = router(config, Notices(1));
  ASSERT_EQ(first.made.size(), 1u);
  EXPECT_EQ(first.made[0].next_at, kNow + Seconds(30));
  const HeldMessage held{first.made[0], {Line("pool-1")}};
  std::vector<OutboxNotice> more{{2, Line("pool-2")}};
  Routed second = router(config, more, {held});
  EXPECT_TRUE(second.made.empty());
  ASSERT_EQ(second.extended.size(), 1u);
  EXPECT_EQ(second.extended[0].notices, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(router(Routes({To({"mail"})}), more, {held}).made.size(), 1u)
      << "what must not wait does not";
  EXPECT_EQ(router(config, {{2, Line("pool-2", "size")}}, {held}).made.size(), 1u);
  HeldMessage silenced = held;
  silenced.delivery.why = SilencedText(Quiet("{}"));
  EXPECT_EQ(router(config, more, {silenced}).made.size(), 1u) << "that one waits for a silence";
}

TEST(BackOff, DoublesToAnHourAndHeedsTheReceiver) {
  EXPECT_EQ(BackOff(1, Seconds(0), 1), Seconds(5));
  EXPECT_EQ(BackOff(2, Seconds(0), 1), Seconds(10));
  EXPECT_EQ(BackOff(4, Seconds(0), 0.5), Seconds(20));
  EXPECT_EQ(BackOff(40, Seconds(0), 1), Seconds(3600));
  EXPECT_EQ(BackOff(1, Seconds(120), 0.5), Seconds(120));
  EXPECT_EQ(BackOff(1, Seconds(0), 0), Seconds(1));
}

}  // namespace
}  // namespace vdiwatch::server::alert
