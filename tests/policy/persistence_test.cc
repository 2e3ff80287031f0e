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

TEST(PersistenceVerdict, ObservedWinsAndDisagreementIsAConflict) {
  Fact yes = Known("persistent"), no = Known("non_persistent");
  Fact open = Unknown(Missing::kUndetermined), absent = Unknown(Missing::kAbsent);
  EXPECT_EQ(Describe(PersistenceVerdict(yes, yes)), "persistent");
  EXPECT_EQ(Describe(PersistenceVerdict(yes, no)), "conflict");
  EXPECT_EQ(Describe(PersistenceVerdict(absent, no)), "non_persistent");
  EXPECT_EQ(Describe(PersistenceVerdict(no, open)), "non_persistent");
  EXPECT_EQ(Describe(PersistenceVerdict(absent, open)), "undetermined");
}

}  // namespace
}  // namespace vdiwatch::policy
