// Policies that change under desktops that report all the time; for ThreadSanitizer, too.
#include <atomic>
#include <thread>

#include "tests/collector/collector_fixture.h"

namespace vdiwatch::collector {
namespace {

TEST_F(CollectorTest, EveryAnswerIsOfOnePolicyWhileTheySwap) {
  const std::string plain = kTwoRules;
  const std::string waived = plain +
                             "---\nwaivers:\n"
                             "  - {id: p, rule: hypervisor, pool: finance, owner: o, reason: r, "
                             "expires: 2099-12-31}\n"
                             "  - {id: d, rule: persistent, desktop: fin-00, owner: o, reason: r, "
                             "expires: 2099-12-31}\n";
  std::vector<Seat> seats;
  for (const char* host : {"fin-00", "fin-01", "fin-02"}) {
    seats.push_back(NewSeat(host, "xen"));
    EXPECT_EQ(Live(seats.back(), 2).grade, "noncompliant");
  }
  std::atomic<bool> done = false;
  std::atomic<int> answers = 0;
  std::vector<std::thread> desktops;
  for (Seat& seat : seats) {
    desktops.emplace_back([&] {
      for (int turn = 0; !done; ++turn) {
        seat.report.goodbye = turn % 2 == 0;  // each report changes something
        auto answer = Report(seat);
        ASSERT_EQ(answer.rules.size(), 1u);
        const bool excused = answer.rules[0].grade == "waived";
        EXPECT_EQ(answer.grade, excused ? "compliant" : "noncompliant");
        EXPECT_EQ(answer.rules[0].why.find("Waived by") != std::string::npos, excused);
        ++answers;
      }
    });
  }
  for (int swap = 0; swap < 20 || answers < 60; ++swap) {
    const std::string& text = swap % 2 == 0 ? waived : plain;
    ASSERT_TRUE(collector_->SetPolicy(PolicyFrom(text), text));
    EXPECT_EQ(collector_->policy()->waivers.size(), swap % 2 == 0 ? 2u : 0u);
  }
  done = true;
  for (auto& desktop : desktops) desktop.join();
  ASSERT_TRUE(collector_->SetPolicy(PolicyFrom(waived), waived));
  for (Seat& seat : seats) EXPECT_EQ(Report(seat).grade, "compliant");
  EXPECT_EQ(Finance().grades.at(policy::Grade::kCompliant), 3);
}

}  // namespace
}  // namespace vdiwatch::collector
