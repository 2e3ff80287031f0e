#include "policy/persistence.h"

#include <gtest/gtest.h>

namespace vdiwatch::policy {
namespace {

Boot BootOf(std::string boot_id, std::string canary, std::int64_t boots) {
  return {std::move(boot_id), {std::move(canary), Time(), boots}};
}

TEST(ClassifyBoot, TellsWhatHappenedToTheCanary) {
  Boot last = BootOf("b1", "c1", 3);
  EXPECT_EQ(ClassifyBoot(std::nullopt, last), BootEvent::kFirst);
  EXPECT_EQ(ClassifyBoot(last, BootOf("b1", "c1", 3)), BootEvent::kSame);
  EXPECT_EQ(ClassifyBoot(last, BootOf("b2", "c1", 4)), BootEvent::kSurvived);
  EXPECT_EQ(ClassifyBoot(last, BootOf("b2", "c1", 9)), BootEvent::kSurvived);  // missed check-ins
  EXPECT_EQ(ClassifyBoot(last, BootOf("b2", "c2", 1)), BootEvent::kReset);
  EXPECT_EQ(ClassifyBoot(last, BootOf("b2", "c1", 3)), BootEvent::kReset);  // the image's canary
  EXPECT_EQ(ClassifyBoot(last, BootOf("b2", "c1", 1)), BootEvent::kRestored);
}

BootHistory After(std::initializer_list<BootEvent> events) {
  BootHistory history;
  for (BootEvent event : events) history = Advance(history, event);
  return history;
}

std::string Observed(std::initializer_list<BootEvent> events) {
  return Describe(ObservedPersistence(After(events)));
}

TEST(ObservedPersistence, OneResetIsARebuildTwoAreNonPersistence) {
  using enum BootEvent;
  EXPECT_EQ(Observed({}), "undetermined");
  EXPECT_EQ(Observed({kFirst, kSame}), "undetermined");
  EXPECT_EQ(Observed({kFirst, kSurvived}), "persistent");
  EXPECT_EQ(Observed({kFirst, kReset}), "undetermined");
  EXPECT_EQ(Observed({kFirst, kSurvived, kReset}), "persistent");
  EXPECT_EQ(Observed({kFirst, kReset, kReset}), "non_persistent");
  EXPECT_EQ(Observed({kFirst, kReset, kRestored}), "non_persistent");
  EXPECT_EQ(Observed({kFirst, kReset, kSurvived, kReset}), "persistent");
  EXPECT_EQ(Observed({kFirst, kSurvived, kReset, kReset}), "non_persistent");
  EXPECT_EQ(Observed({kFirst, kReset, kReset, kSurvived}), "persistent");
}

TEST(DescribeBoots, CountsRestarts) {
  using enum BootEvent;
  EXPECT_EQ(DescribeBoots(After({kFirst})), "not restarted since it was first seen");
  EXPECT_EQ(DescribeBoots(After({kFirst, kSurvived})), "kept its memory through 1 of 1 restart");
  EXPECT_EQ(DescribeBoots(After({kReset, kReset, kReset})),
            "came back without its memory after 3 of 3 restarts");
  EXPECT_EQ(DescribeBoots(After({kReset, kSurvived, kSurvived})),
            "came back without its memory after 1 of 3 restarts");
}

const Fact kYes = Known("persistent"), kNo = Known("non_persistent");
const Fact kOpen = Unknown(Missing::kUndetermined), kAbsent = Unknown(Missing::kAbsent);

std::string VerdictOn(const Fact& declared, const Fact& observed, const Fact& pattern = kOpen) {
  return Describe(PersistenceVerdict({declared, observed, pattern}));
}
std::string BasisOf(const Fact& declared, const Fact& observed, const Fact& pattern) {
  return Describe(PersistenceBasis({declared, observed, pattern}));
}

TEST(PersistenceVerdict, ObservedWinsAndDisagreementIsAConflict) {
  EXPECT_EQ(VerdictOn(kYes, kYes), "persistent");
  EXPECT_EQ(VerdictOn(kYes, kNo), "conflict");
  EXPECT_EQ(VerdictOn(kAbsent, kNo), "non_persistent");
  EXPECT_EQ(VerdictOn(kNo, kOpen), "non_persistent");
  EXPECT_EQ(VerdictOn(kAbsent, kOpen), "undetermined");
}

TEST(PersistenceVerdict, ThePoolsPatternIsAPriorAndNoProof) {
  EXPECT_EQ(VerdictOn(kAbsent, kOpen, kNo), "non_persistent");
  EXPECT_EQ(VerdictOn(kYes, kOpen, kYes), "persistent");
  EXPECT_EQ(VerdictOn(kYes, kOpen, kNo), "undetermined") << "what is declared is doubtful here";
  EXPECT_EQ(VerdictOn(kAbsent, kYes, kNo), "persistent") << "its own boots are proof";
  EXPECT_EQ(VerdictOn(kYes, kYes, kNo), "persistent");
  EXPECT_EQ(VerdictOn(kNo, kYes, kYes), "conflict") << "never outvoted";
}

TEST(PersistenceBasis, NamesTheSignalThatDecided) {
  EXPECT_EQ(BasisOf(kYes, kNo, kNo), "observed");
  EXPECT_EQ(BasisOf(kYes, kOpen, kYes), "declared");
  EXPECT_EQ(BasisOf(kAbsent, kOpen, kNo), "pool_pattern");
  EXPECT_EQ(BasisOf(kYes, kOpen, kNo), "undetermined");
  EXPECT_EQ(BasisOf(kAbsent, kOpen, kOpen), "undetermined");
}

TEST(PoolPattern, NeedsFiveDesktopsAndNineInTen) {
  auto pattern = [](std::int64_t persistent, std::int64_t not_persistent) {
    return Describe(PoolPattern({persistent, not_persistent}));
  };
  EXPECT_EQ(pattern(0, 0), "undetermined");
  EXPECT_EQ(pattern(4, 0), "undetermined");
  EXPECT_EQ(pattern(5, 0), "persistent");
  EXPECT_EQ(pattern(0, 5), "non_persistent");
  EXPECT_EQ(pattern(9, 1), "persistent");
  EXPECT_EQ(pattern(8, 1), "undetermined");
  EXPECT_EQ(pattern(50, 50), "undetermined");
}

}  // namespace
}  // namespace vdiwatch::policy
