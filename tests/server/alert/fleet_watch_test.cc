#include "server/alert/fleet_watch.h"

#include <gtest/gtest.h>

#include "collector/store/open.h"
#include "tests/agent/temp_folder.h"

namespace vdiwatch::server::alert {
namespace {

const Time kStart = FromUnix(1'795'000'000);

TEST(FleetCauses, SayWhatIsRefusedAndWhoIsNotReached) {
  EXPECT_TRUE(FleetCauses({}).empty());
  SinkStatus mail, hook;
  mail.name = "mail";
  mail.state = "failing";
  mail.why = "connection refused";
  hook.name = "hook";
  hook.state = "working";
  const auto causes = FleetCauses({"site.yaml:3:1: no\nsite.yaml:9:1: neither", "", {mail, hook}});
  ASSERT_EQ(causes.size(), 2u);
  EXPECT_EQ(causes[0].cause, "policy-refused");
  EXPECT_EQ(causes[0].text,
            "The policy files are refused, and the last good set stays in force: site.yaml:3:1: no "
            "(and 1 more)");
  EXPECT_EQ(causes[1].cause, "sink-failing/mail");
  EXPECT_EQ(FleetCauses({"", "alerts.yaml:1:1: no", {}}).at(0).text,
            "alerts_file is refused, and the last good one, if any, stays in force: "
            "alerts.yaml:1:1: no");
}

TEST(FleetWatch, OpensAndEndsAlertsOfNoPool) {
  const agent::TempFolder directory;
  const auto database = collector::OpenSqlite(directory.path() / "vdiwatch.db");
  ASSERT_TRUE(database);
  collector::AlertStore& store = *database->alerts;
  const auto look = [&](const std::string& problem, Time now) {
    const auto looked = LookAtFleet(store, {problem, "", {}}, {}, now);
    EXPECT_TRUE(looked) << looked.error().message;
  };
  look("bad", kStart);
  look("bad", kStart + Seconds(10));
  EXPECT_EQ(store.Outbox(10)->size(), 1u);
  EXPECT_EQ(store.Alerts({})->at(0).pool_id, 0);
  look("", kStart + Seconds(20));
  EXPECT_EQ(store.Outbox(10)->size(), 1u) << "another daemon may still see it";
  look("bad", kStart + Seconds(300));
  look("", kStart + Seconds(600));
  look("", kStart + Seconds(1100));
  EXPECT_EQ(store.Outbox(10)->size(), 1u);
  look("", kStart + Seconds(1200));
  ASSERT_EQ(store.Outbox(10)->size(), 2u);
  EXPECT_EQ(store.Outbox(10)->at(1).kind, policy::NoticeKind::kResolved);
}

TEST(FleetWatch, ASinkIsMendedOnceSomethingGetsThrough) {
  const agent::TempFolder directory;
  const auto database = collector::OpenSqlite(directory.path() / "vdiwatch.db");
  ASSERT_TRUE(database);
  collector::AlertStore& store = *database->alerts;
  SinkStatus mail;
  mail.name = "mail";
  const auto notices = [&](const std::string& state, Seconds after, Seconds hold = Seconds(0)) {
    mail.state = state;
    collector::AlertTimings timings;
    timings.by_cause["sink-failing"] = {.hold = hold, .clear_hold = Seconds(600)};
    const auto looked = LookAtFleet(store, {"", "", {mail}}, timings, kStart + after);
    EXPECT_TRUE(looked) << looked.error().message;
    return store.Outbox(10)->size();
  };
  mail.last_good = kStart - Seconds(3600);
  EXPECT_EQ(notices("failing", Seconds(0)), 1u);
  // A restart forgot the test that failed.
  EXPECT_EQ(notices("working", Seconds(60)), 1u);
  EXPECT_EQ(notices("working", Seconds(7200)), 1u) << "nothing got through since";
  mail.last_good = Time();
  EXPECT_EQ(notices("untried", Seconds(14'400)), 1u);
  mail.last_good = kStart + Seconds(14'500);
  EXPECT_EQ(notices("working", Seconds(14'500)), 1u);
  EXPECT_EQ(notices("working", Seconds(15'200)), 2u);
  EXPECT_EQ(store.Outbox(10)->at(1).kind, policy::NoticeKind::kResolved);
  // What only waits begins anew.
  EXPECT_EQ(notices("failing", Seconds(20'000), Seconds(900)), 2u);
  EXPECT_EQ(notices("untried", Seconds(20'500), Seconds(900)), 2u);
  EXPECT_EQ(notices("failing", Seconds(21'000), Seconds(900)), 2u);
}

}  // namespace
}  // namespace vdiwatch::server::alert
