// Desktops that a match rule or their broker moves, over a running collector.
#include "tests/collector/collector_fixture.h"

namespace vdiwatch::collector {
namespace {

constexpr auto kMatch =
    "---\npools:\n  - {name: xen-pool, match: {platform.kind: xen}}\n"
    "  - {name: berlin, match: {claims.host_name: {matches: ^ber-}}}\n";

class MembershipTest : public CollectorTest {
 protected:
  void Adopt(const std::string& pools) {
    ASSERT_TRUE(collector_->SetPolicy(PolicyFrom(kTwoRules + pools), pools));
  }
  std::string PoolOf(const Seat& seat) {
    return database_.reader->DesktopsByHost(seat.report.claims.host_name)->at(0).pool;
  }
  std::int64_t DesktopsIn(const std::string& pool) {
    const auto pools = *database_.reader->PoolSummaries();
    for (const auto& summary : pools) {
      if (summary.pool.name == pool) return summary.desktops;
    }
    return 0;
  }
};

TEST_F(MembershipTest, AMatchPutsADesktopWhereItBelongsFromItsFirstFactsOn) {
  Adopt(kMatch);
  Seat xen = NewSeat("fin-01", "xen"), berlin = NewSeat("ber-01"), other = NewSeat("fin-02");
  EXPECT_EQ(Live(xen, 3).pool, "xen-pool");
  EXPECT_EQ(Live(berlin, 1).pool, "berlin");
  EXPECT_EQ(Live(other, 1).pool, "finance");
  EXPECT_EQ(DesktopsIn("finance"), 1);
  ASSERT_TRUE(collector_->SweepNow());
  const auto pools = *database_.reader->PoolSummaries();
  for (const auto& summary : pools) {
    if (summary.pool.name != "xen-pool") continue;
    EXPECT_EQ(summary.pool.state->grade, policy::Grade::kNoncompliant);
  }
  auto events = *database_.reader->EventsOf(
      database_.reader->DesktopsByHost("fin-01")->at(0).desktop.id, 100);
  EXPECT_TRUE(std::ranges::any_of(events, [](const auto& event) {
    return event.kind == "pool_changed" && event.detail == "from finance to xen-pool";
  }));
}

TEST_F(MembershipTest, AnotherPolicyMovesItWithItsNextCheckInAndBack) {
  Seat seat = NewSeat("fin-01", "xen");
  EXPECT_EQ(Live(seat, 1).pool, "finance");
  Adopt(kMatch);
  EXPECT_EQ(Report(seat).pool, "xen-pool");
  EXPECT_EQ(DesktopsIn("finance"), 0);
  EXPECT_EQ(DesktopsIn("xen-pool"), 1);
  Adopt("");
  EXPECT_EQ(Report(seat).pool, "finance");
  EXPECT_EQ(DesktopsIn("xen-pool"), 0);
}

TEST_F(MembershipTest, AResetDesktopInAnotherPoolIsStillOneDesktop) {
  Adopt(kMatch);
  Seat seat = NewSeat("fin-01", "xen");
  std::string desktop = Live(seat, 1).desktop;
  clock_.Advance(Seconds(3600));
  seat.Reset("boot-2", clock_.Now());
  ASSERT_EQ(Enrol(seat, token_).status, 200);
  auto answer = Report(seat);
  EXPECT_EQ(answer.desktop, desktop);
  EXPECT_EQ(answer.pool, "xen-pool");
  EXPECT_EQ(DesktopsIn("xen-pool"), 1);
  EXPECT_EQ(DesktopsIn("finance"), 0);
}

TEST_F(MembershipTest, TheBrokersWordCountsForTokensWithoutAPoolAndSticks) {
  std::string token = *CreateEnrolToken(*database_.store,
                                        {.pool = "unassigned",
                                         .expires_at = clock_.Now() + Seconds(86400),
                                         .max_uses = 0,
                                         .cidr = "",
                                         .note = ""},
                                        clock_.Now());
  Seat seat = NewSeat("any-01");
  ASSERT_EQ(Enrol(seat, token).status, 200);
  EXPECT_EQ(Report(seat).pool, "unassigned");
  seat.report.state["vdi.pool"] = Known("Win11");
  EXPECT_EQ(Report(seat).pool, "Win11");
  seat.report.state["vdi.pool"] = Unknown(Missing::kFailed);
  EXPECT_EQ(Report(seat).pool, "Win11");
  seat.report.state.clear();
  EXPECT_EQ(Report(seat).pool, "Win11");
  seat.report.state["vdi.pool"] = Known("Win12");
  EXPECT_EQ(Report(seat).pool, "Win12");
  EXPECT_EQ(DesktopsIn("Win11"), 0);

  Seat named = NewSeat("fin-01");  // its token has a pool
  named.report.state["vdi.pool"] = Known("Win11");
  EXPECT_EQ(Live(named, 1).pool, "finance");
}

TEST_F(MembershipTest, CoverageCountsListedMembersAlone) {
  auto set = policy::RequireGood(policy::LoadPolicy(
      {{"p.yaml", std::string(kTwoRules) +
                      "---\npools: [{name: finance, expected_members: m.csv, thresholds: "
                      "{minimum_coverage: 60%}}]\n"},
       {"m.csv", "HostName\nfin-01\nfin-02\n"}}));
  ASSERT_TRUE(set);
  ASSERT_TRUE(collector_->SetPolicy(std::move(*set), "{}"));
  Seat stranger = NewSeat("fin-08"), another = NewSeat("fin-09");
  Live(stranger, 3);
  Live(another, 3);
  auto pool = Finance().pool;
  EXPECT_EQ(pool.state->grade, policy::Grade::kUnknown);
  EXPECT_NE(pool.reasons.find("2 of 2 desktops never reported"), std::string::npos) << pool.reasons;
  another.report.claims.host_name = "fin-01";
  Report(another);
  clock_.Advance(Seconds(3600));
  Report(another);
  Report(stranger);
  EXPECT_NE(Finance().pool.reasons.find("1 of 2 desktops never reported"), std::string::npos);
}

}  // namespace
}  // namespace vdiwatch::collector
