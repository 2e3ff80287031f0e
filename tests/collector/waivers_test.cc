// Waivers over a running collector: who is excused, who moves, and what time does by itself.
#include <fmt/format.h>

#include "tests/collector/collector_fixture.h"

namespace vdiwatch::collector {
namespace {

constexpr auto kForPool =
    "---\nwaivers:\n  - {id: pool, rule: hypervisor, pool: finance, owner: jane, reason: it moves, "
    "expires: 2027-01-31}\n";

std::string ForDesktop(const std::string& id, const std::string& name) {
  return fmt::format(
      "---\nwaivers:\n  - {{id: {}, rule: hypervisor, desktop: {}, owner: jane, reason: it moves, "
      "expires: 2027-01-31}}\n",
      id, name);
}

class WaiverTest : public CollectorTest {
 protected:
  WaiverTest() { clock_.Set(*ParseTime("2027-01-31T12:00:00Z")); }

  // Two desktops on Xen with the same facts.
  void SetUp() override {
    token_ = *CreateEnrolToken(*database_.store,
                               {.pool = "finance",
                                .expires_at = clock_.Now() + Seconds(86400),
                                .max_uses = 0,
                                .cidr = "",
                                .note = ""},
                               clock_.Now());
    EXPECT_EQ(Live(one_, 3).grade, "noncompliant");
    EXPECT_EQ(Live(two_, 3).grade, "noncompliant");
  }
  void Adopt(const std::string& waivers) {
    ASSERT_TRUE(collector_->SetPolicy(PolicyFrom(kTwoRules + waivers), waivers));
  }
  DesktopSummary Find(const Seat& seat) {
    return database_.reader->DesktopsByHost(seat.report.claims.host_name)->at(0);
  }
  policy::Grade GradeOf(const Seat& seat) { return Find(seat).grade; }
  std::size_t MovesOf(const Seat& seat) {
    std::set<std::string> profiles;
    const auto turns = *database_.reader->TransitionsOf(Find(seat).desktop.id, 100);
    for (const auto& turn : turns) profiles.insert(turn.profile);
    return profiles.size();
  }

  Seat one_ = NewSeat("fin-01", "xen");
  Seat two_ = NewSeat("fin-02", "xen");
};

using policy::Grade;

TEST_F(WaiverTest, OfAPoolExcusesAllOfItAndMovesNobody) {
  std::string before = Find(one_).desktop.profile;
  EXPECT_EQ(Finance().pool.state->grade, Grade::kNoncompliant);
  Adopt(kForPool);
  EXPECT_EQ(GradeOf(one_), Grade::kCompliant);
  EXPECT_EQ(GradeOf(two_), Grade::kCompliant);
  EXPECT_EQ(Find(one_).desktop.profile, before);
  auto pool = Finance().pool;
  EXPECT_EQ(pool.state->grade, Grade::kCompliant);
  EXPECT_NE(pool.reasons.find("2 of 2 desktops"), std::string::npos) << pool.reasons;
  EXPECT_NE(pool.reasons.find("Waived by jane until the end of 2027-01-31 (UTC): it moves."),
            std::string::npos)
      << "a waived failure stays visible: " << pool.reasons;
  EXPECT_NE(Find(one_).verdict.find(R"("grade":"waived")"), std::string::npos);
}

TEST_F(WaiverTest, TheDesktopIsToldOfItsWaiver) {
  Adopt(kForPool);
  auto answer = Report(one_);
  EXPECT_EQ(answer.grade, "compliant");
  ASSERT_EQ(answer.rules.size(), 1u);
  EXPECT_EQ(answer.rules[0].grade, "waived");
  EXPECT_NE(answer.rules[0].why.find("Waived by jane"), std::string::npos);
  EXPECT_EQ(answer.passed, std::vector<std::string>{"persistent"});
}

TEST_F(WaiverTest, AVerdictThatTheDesktopKnowsIsLeftOutUntilItChanges) {
  auto first = Report(one_);
  ASSERT_EQ(first.rules.size(), 1u);
  one_.report.verdict = first.verdict;
  auto again = Report(one_);
  EXPECT_EQ(again.verdict, first.verdict);
  EXPECT_TRUE(again.grade.empty());
  EXPECT_TRUE(again.rules.empty());
  EXPECT_TRUE(again.passed.empty());
  Adopt(kForPool);
  auto excused = Report(one_);
  EXPECT_NE(excused.verdict, first.verdict);
  EXPECT_EQ(excused.grade, "compliant");
  EXPECT_EQ(excused.rules.size(), 1u);
}

TEST_F(WaiverTest, OfADesktopExcusesItAloneAtOnceAndAtTheNextCheckIn) {
  ASSERT_EQ(Find(one_).desktop.profile, Find(two_).desktop.profile);
  std::size_t moves = MovesOf(two_);
  Adopt(ForDesktop("w", "FIN-01"));
  EXPECT_EQ(GradeOf(one_), Grade::kCompliant);
  EXPECT_EQ(GradeOf(two_), Grade::kNoncompliant);
  EXPECT_NE(Find(one_).desktop.profile, Find(two_).desktop.profile);
  EXPECT_EQ(MovesOf(two_), moves) << "nothing was written about the other one";
  std::string waived = Find(one_).desktop.profile;

  EXPECT_EQ(Report(one_).grade, "compliant");
  one_.Reboot("boot-9");  // a check-in that finds the profile anew
  ++one_.report.canary.boots;
  EXPECT_EQ(Report(one_).grade, "compliant");
  EXPECT_EQ(Find(one_).desktop.profile, waived);
  EXPECT_EQ(Report(two_).grade, "noncompliant");
  EXPECT_EQ(Finance().grades.at(Grade::kCompliant), 1);
  EXPECT_EQ(Finance().grades.at(Grade::kNoncompliant), 1);
}

TEST_F(WaiverTest, ByItsIdAndBackAgain) {
  std::string before = Find(one_).desktop.profile;
  Adopt(ForDesktop("w", IdText(Find(one_).desktop.id)));
  EXPECT_EQ(GradeOf(one_), Grade::kCompliant);
  Adopt("");
  EXPECT_EQ(GradeOf(one_), Grade::kNoncompliant);
  EXPECT_EQ(Find(one_).desktop.profile, before);
}

TEST_F(WaiverTest, AnotherReasonOrDateMovesNobody) {
  Adopt(ForDesktop("w", "fin-01"));
  std::string profile = Find(one_).desktop.profile;
  std::string other = ForDesktop("w", "fin-01");
  other.replace(other.find("it moves"), 8, "it stays");
  Adopt(other);
  EXPECT_EQ(Find(one_).desktop.profile, profile);
  EXPECT_NE(Find(one_).verdict.find("it stays"), std::string::npos);
}

TEST_F(WaiverTest, AProfileOfTwoDesktopsIsSharedByThoseWithTheSameWaivers) {
  Adopt(ForDesktop("w", "fin-01") +
        "  - {id: v, rule: persistent, pool: elsewhere, owner: o, reason: r, expires: "
        "2027-01-31}\n");
  EXPECT_EQ(database_.store->Profiles()->size(), 2u + 1u)  // before and after the boots, and waived
      << "a waiver of another pool parts nobody";
}

TEST_F(WaiverTest, EndsWithItsDayWithoutAnyCheckIn) {
  for (const std::string& waiver : {std::string(kForPool), ForDesktop("w", "fin-01")}) {
    clock_.Set(*ParseTime("2027-01-31T12:00:00Z"));
    Adopt(waiver);
    clock_.Set(*ParseTime("2027-01-31T23:59:59Z"));
    ASSERT_TRUE(collector_->SweepNow());
    // Their silence makes them stale by now; what counts is the verdict on their profile.
    EXPECT_NE(Find(one_).verdict.find(R"({"grade":"compliant")"), std::string::npos)
        << "the day of expiry itself";
    clock_.Set(*ParseTime("2027-02-01T00:00:00Z"));
    ASSERT_TRUE(collector_->SweepNow());
    EXPECT_NE(Find(one_).verdict.find(R"({"grade":"noncompliant")"), std::string::npos);
    EXPECT_EQ(Find(one_).verdict.find("waived"), std::string::npos);
  }
}

TEST_F(WaiverTest, BeginsOnItsDayWithoutAnyCheckIn) {
  std::string later = kForPool;
  later.replace(later.find("expires"), 7, "starts: 2027-01-31T13:00:00Z, expires");
  Adopt(later);
  EXPECT_EQ(GradeOf(one_), Grade::kNoncompliant);
  clock_.Set(*ParseTime("2027-01-31T12:59:59Z"));
  ASSERT_TRUE(collector_->SweepNow());
  EXPECT_EQ(GradeOf(one_), Grade::kNoncompliant);
  clock_.Advance(Seconds(1));
  ASSERT_TRUE(collector_->SweepNow());
  EXPECT_EQ(GradeOf(one_), Grade::kCompliant);
}

TEST_F(WaiverTest, ADesktopThatTakesTheNameTakesTheWaiver) {
  Adopt(ForDesktop("w", "fin-09"));
  EXPECT_EQ(GradeOf(one_), Grade::kNoncompliant);
  one_.report.claims.host_name = "fin-09";
  EXPECT_EQ(Report(one_).grade, "compliant");
}

TEST_F(WaiverTest, ARestartWithOtherFilesMovesThemToo) {
  collector_.reset();
  Start(kTwoRules + ForDesktop("w", "fin-01"));
  EXPECT_EQ(GradeOf(one_), Grade::kCompliant);
  EXPECT_EQ(GradeOf(two_), Grade::kNoncompliant);
  collector_.reset();
  clock_.Set(*ParseTime("2027-02-01T00:00:00Z"));  // it expired while nobody looked
  Start(kTwoRules + ForDesktop("w", "fin-01"));
  EXPECT_EQ(GradeOf(one_), Grade::kNoncompliant);
}

TEST_F(WaiverTest, HistoryNamesThePolicyBehindEachVerdict) {
  std::string before = collector_->policy()->digest;
  clock_.Advance(Seconds(60));
  Adopt(kForPool);
  auto turns = database_.reader->TransitionsOf(Find(one_).desktop.id, 10);
  ASSERT_TRUE(turns);
  EXPECT_EQ(turns->at(0).grade, Grade::kCompliant);
  EXPECT_EQ(turns->at(0).policy, collector_->policy()->digest);
  EXPECT_EQ(turns->at(1).policy, before);
  EXPECT_EQ(Find(one_).policy, collector_->policy()->digest);
  EXPECT_EQ(database_.reader->PolicySetByDigest(before)->files, kTwoRules);
}

}  // namespace
}  // namespace vdiwatch::collector
