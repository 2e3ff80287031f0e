// Alerts as they come of what desktops report.

#include <algorithm>

#include "collector/store/alert_store.h"
#include "tests/collector/collector_fixture.h"

namespace vdiwatch::collector {
namespace {

using policy::NoticeKind;

class AlertsTest : public CollectorTest {
 protected:
  std::vector<std::pair<NoticeKind, std::string>> Told() {
    std::vector<std::pair<NoticeKind, std::string>> told;
    const auto outbox = database_.alerts->Outbox(100);
    for (const Notice& notice : *outbox) {
      told.emplace_back(notice.kind, notice.cause);
    }
    return told;
  }
  void Pass(Seconds span) {
    clock_.Advance(span);
    ASSERT_TRUE(collector_->SweepNow());
  }
};

TEST_F(AlertsTest, APoolOnAnotherHypervisorAlertsOnceAndTellsWhenItIsOver) {
  Seat seat = NewSeat("fin-01", "xen_server");
  Live(seat, 2);
  ASSERT_TRUE(collector_->SweepNow());
  const auto opened = std::pair(NoticeKind::kOpened, std::string("hypervisor"));
  ASSERT_EQ(Told(), std::vector{opened});
  for (int i = 0; i < 3; ++i) {
    Pass(Seconds(900));
    Report(seat);
  }
  EXPECT_EQ(Told(), std::vector{opened}) << "said once";

  // Another daemon on the same store goes on with it.
  collector_.reset();
  Start(kTwoRules);
  Pass(Seconds(60));
  EXPECT_EQ(Told(), std::vector{opened}) << "not said again after a restart";

  seat.facts["platform.kind"] = Known(FactValue(std::string("vmware")));
  Report(seat);
  Pass(Seconds(60));
  EXPECT_EQ(Told().size(), 1u) << "it may come back at once";
  Pass(Seconds(600));
  EXPECT_EQ(Told().back(), std::pair(NoticeKind::kResolved, std::string("hypervisor")));
  EXPECT_EQ(Told().size(), 2u);
  EXPECT_TRUE(database_.store->OpenAlerts()->empty());
}

TEST_F(AlertsTest, APoolThatFallsSilentIsToldAndMendsNothing) {
  Seat seat = NewSeat("fin-01", "xen_server");
  Live(seat, 2);
  Pass(Seconds(60));
  Pass(Seconds(3 * 3600));
  Pass(Seconds(900));
  const auto told = Told();
  EXPECT_EQ(std::ranges::count(told, std::pair(NoticeKind::kOpened, std::string("coverage-lost"))),
            1);
  EXPECT_EQ(std::ranges::count(told, NoticeKind::kResolved, &decltype(told)::value_type::first), 0)
      << "whoever is silent still stands on Xen";
}

TEST_F(AlertsTest, ClonesOfAnUnsealedImageAreOneAlertOfTheirPool) {
  Seat original = NewSeat("fin-01");
  Live(original, 2);
  Seat clone = original;
  clone.report.claims.host_name = "fin-02";
  clone.report.claims.smbios_uuid = "4c4c4544-0042-3510-8054-eeeeeeeeeee1";
  clone.Reboot("boot-9");
  EXPECT_EQ(Report(clone).need, std::vector<std::string>{"enrol"});
  EXPECT_EQ(Report(original).need, std::vector<std::string>{"enrol"});
  const std::string given_up = Hex(original.key);
  clone.Reset("boot-9", clock_.Now());
  original.Reset(original.report.boot_id, clock_.Now());
  for (Seat* seat : {&clone, &original}) {
    const EnrolRequest anew{seat->csr, seat->report.claims, seat->report.boot_id, given_up};
    ASSERT_EQ(Post("/v1/enrol", ToJson(anew), token_, "").status, 200);
    Report(*seat);
  }
  Pass(Seconds(60));
  const auto told = Told();
  EXPECT_EQ(
      std::ranges::count(told, std::pair(NoticeKind::kOpened, std::string("cloned-identities"))),
      1);
}

}  // namespace
}  // namespace vdiwatch::collector
