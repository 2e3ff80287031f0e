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

TEST_F(AlertsTest, AWaiverThatIsAboutToEndIsToldToThePoolThatItExcuses) {
  const std::string waived = std::string(kTwoRules) +
                             "---\nwaivers:\n  - {id: lab, rule: hypervisor, pool: finance, owner: "
                             "jane, reason: it moves, expires: 2027-01-31}\n";
  ASSERT_TRUE(collector_->SetPolicy(PolicyFrom(waived), waived));
  clock_.Set(*ParseTime("2027-01-20T08:00:00Z"));
  Seat seat = NewSeat("fin-01", "xen_server");
  Live(seat, 2);
  ASSERT_TRUE(collector_->SweepNow());
  const auto told = Told();
  ASSERT_EQ(told,
            (std::vector{std::pair(NoticeKind::kOpened, std::string("waiver-expiring/lab"))}));
  const auto outbox = database_.alerts->Outbox(1);
  const std::string& detail = outbox->at(0).detail;
  EXPECT_NE(
      detail.find("1 of 1 desktop is excused from hypervisor only until the end of 2027-01-31 "
                  "(UTC): it moves (waiver lab of jane)"),
      std::string::npos)
      << detail;
}

TEST_F(AlertsTest, TimingsHoldFromTheNextLookOn) {
  AlertTimings patient;
  patient.usual.hold = Seconds(600);
  ASSERT_TRUE(collector_->SetAlertTimings(patient));
  Seat seat = NewSeat("fin-01", "xen_server");
  Live(seat, 2);
  ASSERT_TRUE(collector_->SweepNow());
  EXPECT_TRUE(Told().empty()) << "it may pass";
  patient.by_cause["hypervisor"] = {.hold = Seconds(60)};
  ASSERT_TRUE(collector_->SetAlertTimings(patient));
  Pass(Seconds(60));
  EXPECT_EQ(Told().size(), 1u);
}

// As daemons on one PostgreSQL do: each judges every pool, and each has its own memory of alerts.
TEST_F(AlertsTest, TwoCollectorsOnOneStoreTellOnce) {
  Seat seat = NewSeat("fin-01", "xen_server");
  Live(seat, 2);
  std::vector<std::unique_ptr<Collector>> collectors;
  for (int i = 0; i < 2; ++i) {
    auto started =
        Collector::Start({}, database_.store, *ca_, PolicyFrom(kTwoRules), kTwoRules, clock_, log_);
    ASSERT_TRUE(started);
    collectors.push_back(std::move(*started));
  }
  auto all_sweep = [&] {
    for (const auto& one : collectors) EXPECT_TRUE(one->SweepNow());
    EXPECT_TRUE(collector_->SweepNow());
  };
  all_sweep();
  EXPECT_EQ(Told().size(), 1u);
  for (int hour = 0; hour < 50; ++hour) {
    clock_.Advance(Seconds(3600));
    Report(seat);
    all_sweep();
  }
  EXPECT_EQ(Told().size(), 3u) << "two days, two reminders";
  seat.facts["platform.kind"] = Known(FactValue(std::string("vmware")));
  Report(seat);
  all_sweep();
  Pass(Seconds(660));
  all_sweep();
  const auto told = Told();
  EXPECT_EQ(told.size(), 4u);
  EXPECT_EQ(told.back().first, NoticeKind::kResolved);
}

}  // namespace
}  // namespace vdiwatch::collector
