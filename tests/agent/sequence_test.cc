// The numbers of check-ins, where agent and collector do not agree on them.
#include <gtest/gtest.h>

#include "agent/core.h"
#include "tests/agent/fake_collector.h"

namespace vdiwatch::agent {
namespace {

class SequenceTest : public testing::Test {
 protected:
  SequenceTest() { Restart(0); }

  // A new process that takes this for the last number used.
  void Restart(std::int64_t sequence) {
    CoreSurroundings surroundings;
    surroundings.token = [] { return std::string("vdw_enrol_good"); };
    surroundings.keep_identity = [this](const Identity& identity) -> Result<void> {
      kept_ = identity;
      return {};
    };
    CoreMemory memory = core_ ? core_->memory() : CoreMemory{};
    memory.sequence = sequence;
    core_ = std::make_unique<AgentCore>(surroundings, memory, collector_, spool_, clock_);
  }

  StepResult Step(std::string kind = "vmware") {
    Observation seen;
    seen.os = "windows";
    seen.facts["platform.kind"] = Known(FactValue(std::move(kind)));
    seen.claims.host_name = "fin-001";
    seen.boot_id = "boot-a";
    seen.canary = {.id = "c1", .created_at = clock_.Now(), .boots = 1};
    clock_.Advance(Seconds(60));
    return core_->Step(seen);
  }

  ManualClock clock_{FromUnix(1'795'000'000)};
  FakeCollector collector_{clock_};
  Spool spool_;
  std::optional<Identity> kept_;
  std::unique_ptr<AgentCore> core_;
};

TEST_F(SequenceTest, GoesOnFromTheNumbersThatTheCollectorHolds) {
  ASSERT_TRUE(Step().answer);
  ASSERT_TRUE(Step().answer);
  const auto held = collector_.check_ins.back().request.sequence;
  Restart(0);  // its memory of them was lost
  ASSERT_TRUE(Step("hyperv").answer);
  EXPECT_EQ(collector_.repeats, 1);
  EXPECT_GT(collector_.check_ins.back().request.sequence, held);
  ASSERT_TRUE(collector_.check_ins.back().request.facts);
  EXPECT_EQ(FactOf(*collector_.check_ins.back().request.facts, "platform.kind").AsText(), "hyperv");
  ASSERT_TRUE(Step().answer);
  EXPECT_EQ(collector_.repeats, 1) << "once and for all";
}

TEST_F(SequenceTest, BeginsAtOneWhereItsNumbersAreOutOfReach) {
  ASSERT_TRUE(Step().answer);
  const auto held = collector_.check_ins.back().request.sequence;
  Restart(5'000'000);
  ASSERT_TRUE(Step().answer);
  EXPECT_EQ(collector_.check_ins.back().request.sequence, held + 1);
}

TEST_F(SequenceTest, SaysThatItIsNotHeardAndDoesNotInsist) {
  ASSERT_TRUE(Step().answer);
  collector_.deaf = true;
  int posts = collector_.posts;
  StepResult result = Step("hyperv");
  EXPECT_EQ(collector_.posts, posts + 2) << "once more, and not again";
  ASSERT_TRUE(result.problem);
  EXPECT_NE(result.problem->message.find("did not take check-in"), std::string::npos);
  EXPECT_EQ(spool_.size(), 1u);
  collector_.deaf = false;
  EXPECT_TRUE(Step("hyperv").answer);
  EXPECT_TRUE(spool_.empty());
}

TEST_F(SequenceTest, ANewKeyBeginsAtOne) {
  ASSERT_TRUE(Step().answer);
  Restart(900'000);
  collector_.SendAway(PublicKeyOf(kept_->key));
  ASSERT_TRUE(Step().answer);
  EXPECT_LT(collector_.check_ins.back().request.sequence, 4);
}

}  // namespace
}  // namespace vdiwatch::agent
