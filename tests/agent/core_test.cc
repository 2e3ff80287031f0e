#include "agent/core.h"

#include <gtest/gtest.h>

#include "tests/agent/fake_collector.h"

namespace vdiwatch::agent {
namespace {

const Time kStart = FromUnix(1'795'000'000);
constexpr Seconds kDay{24 * 60 * 60};

class CoreTest : public testing::Test {
 protected:
  CoreTest() { Restart(); }

  // A new process: only what was kept survives.
  void Restart() {
    CoreSurroundings surroundings;
    surroundings.token = [this] { return token_; };
    surroundings.keep_identity = [this](const Identity& identity) -> Result<void> {
      if (disk_full_) return Unavailable("cannot write identity.pem: no space left");
      kept_ = identity;
      return {};
    };
    surroundings.random = [this] { return random_; };
    CoreMemory memory = core_ ? core_->memory() : CoreMemory{};
    memory.identity = kept_;
    core_ = std::make_unique<AgentCore>(surroundings, memory, collector_, spool_, clock_);
  }

  static Observation Machine(std::string kind = "vmware") {
    Observation seen;
    seen.os = "windows";
    seen.facts["platform.kind"] = Known(FactValue(std::move(kind)));
    seen.facts["docker_desktop.instances"] = Known(FactValue(std::int64_t{1}));
    seen.readings = {{"cpuid:40000000", "VMwareVMware"}};
    seen.claims.host_name = "fin-001";
    seen.claims.domain = "corp.example";
    seen.claims.smbios_uuid = "4c4c4544-0051-3010-8052-b4c04f4d3132";
    seen.boot_id = "boot-a";
    seen.canary = {.id = "c1", .created_at = kStart, .boots = 1};
    return seen;
  }

  StepResult Step(const Observation& seen) {
    clock_.Advance(Seconds(60));
    return core_->Step(seen);
  }

  ManualClock clock_{kStart};
  FakeCollector collector_{clock_};
  Spool spool_;
  Result<std::string> token_{std::string("vdw_enrol_good")};
  std::optional<Identity> kept_;
  bool disk_full_ = false;
  double random_ = 0.5;
  std::unique_ptr<AgentCore> core_;
};

TEST_F(CoreTest, AVerdictThatItKnowsNeedNotBeToldAgain) {
  ASSERT_TRUE(Step(Machine()).answer);
  Restart();
  auto again = Step(Machine());
  EXPECT_EQ(collector_.check_ins.back().request.verdict, "tag of compliant");
  EXPECT_EQ(again.answer->grade, "compliant");
  ASSERT_EQ(again.answer->rules.size(), 1u);
  EXPECT_EQ(again.answer->rules[0].why, "The desktop runs on vmware.");
  EXPECT_EQ(again.answer->passed, std::vector<std::string>{"wsl-2"});
  collector_.grade = "noncompliant";
  EXPECT_EQ(Step(Machine()).answer->grade, "noncompliant");
  EXPECT_EQ(Step(Machine()).answer->rules.at(0).grade, "noncompliant");
}

TEST_F(CoreTest, EnrolsTellsDigestsAndThenWhatIsNeeded) {
  StepResult result = Step(Machine());
  ASSERT_TRUE(result.answer) << result.problem->message;
  EXPECT_EQ(result.answer->grade, "compliant");
  EXPECT_EQ(result.answer->pool, "finance");
  ASSERT_EQ(collector_.check_ins.size(), 2u);
  const auto& first = collector_.check_ins[0].request;
  const auto& second = collector_.check_ins[1].request;
  EXPECT_FALSE(first.facts || first.readings) << "digests first";
  ASSERT_TRUE(second.facts && second.readings);
  EXPECT_EQ(second.facts_digest, first.facts_digest);
  EXPECT_GT(second.sequence, first.sequence);
  EXPECT_TRUE(second.state.contains("docker_desktop.instances"));
  EXPECT_EQ(collector_.closed(), 1) << "nothing stays open between exchanges";

  ASSERT_TRUE(Step(Machine()).answer);
  EXPECT_EQ(collector_.check_ins.size(), 3u) << "an unchanged desktop sends digests alone";
  EXPECT_EQ(collector_.enrolled.size(), 1u);
}

TEST_F(CoreTest, ComesBackWhenToldAndNotAllAtOnce) {
  random_ = 0;
  EXPECT_EQ(Step(Machine()).next_in, Seconds(900));
  random_ = 0.999;
  Seconds late = Step(Machine()).next_in;
  EXPECT_GT(late, Seconds(900));
  EXPECT_LE(late, Seconds(945));
}

TEST_F(CoreTest, AsksAgainWithTheSameRequestWhenTheAnswerWasLost) {
  collector_.lose_next_answer = true;
  EXPECT_TRUE(Step(Machine()).problem);
  ASSERT_TRUE(kept_) << "the key is kept before it is sent";
  Restart();
  ASSERT_TRUE(Step(Machine()).answer);
  ASSERT_EQ(collector_.enrolled.size(), 2u);
  EXPECT_EQ(collector_.enrolled[0], collector_.enrolled[1]);
}

TEST_F(CoreTest, SendsNoKeyItCouldNotKeep) {
  disk_full_ = true;
  StepResult result = Step(Machine());
  ASSERT_TRUE(result.problem);
  EXPECT_EQ(result.problem->message, "cannot write identity.pem: no space left");
  EXPECT_EQ(collector_.posts, 0);
}

TEST_F(CoreTest, SurvivesItsProcess) {
  ASSERT_TRUE(Step(Machine()).answer);
  auto before = collector_.check_ins.back().request.sequence;
  Restart();
  ASSERT_TRUE(Step(Machine()).answer);
  EXPECT_EQ(collector_.enrolled.size(), 1u);
  EXPECT_GT(collector_.check_ins.back().request.sequence, before);
}

TEST_F(CoreTest, SaysThatItsTokenIsNoGood) {
  token_ = std::string("vdw_enrol_wrong");
  StepResult result = Step(Machine());
  ASSERT_TRUE(result.problem);
  EXPECT_EQ(result.problem->kind, ErrorKind::kDenied);
  EXPECT_EQ(result.problem->message,
            "the collector refused the enrolment (HTTP 401): this enrolment token is not known "
            "here");
  token_ = std::string("vdw_enrol_good");
  EXPECT_TRUE(Step(Machine()).answer) << "a corrected token works without a restart";
}

TEST_F(CoreTest, RenewsInTimeAndWithAnExpiredCertificate) {
  ASSERT_TRUE(Step(Machine()).answer);
  clock_.Advance(19 * kDay);
  ASSERT_TRUE(Step(Machine()).answer);
  EXPECT_EQ(collector_.renewals, 0);
  clock_.Advance(2 * kDay);
  ASSERT_TRUE(Step(Machine()).answer);
  EXPECT_EQ(collector_.renewals, 1);
  clock_.Advance(120 * kDay);
  ASSERT_TRUE(Step(Machine()).answer);
  EXPECT_EQ(collector_.renewals, 2);
  EXPECT_EQ(collector_.enrolled.size(), 1u) << "the same incarnation all along";
  EXPECT_GT(ValidityOf(kept_->certificate)->not_after, clock_.Now());
}

TEST_F(CoreTest, EnrolsAnewWhereTheCollectorForgotIt) {
  ASSERT_TRUE(Step(Machine()).answer);
  std::string old_key = collector_.presented_key();
  collector_.Disown(PublicKeyOf(old_key));
  StepResult result = Step(Machine());
  ASSERT_TRUE(result.answer) << result.problem->message;
  EXPECT_EQ(collector_.enrolled.size(), 2u);
  EXPECT_NE(kept_->key, old_key);
}

TEST_F(CoreTest, EnrolsAnewWithANewKeyWhenToldTo) {
  ASSERT_TRUE(Step(Machine()).answer);
  std::string old_key = collector_.presented_key();
  collector_.SendAway(PublicKeyOf(old_key));
  StepResult result = Step(Machine());
  ASSERT_TRUE(result.answer) << result.problem->message;
  EXPECT_EQ(result.answer->grade, "compliant");
  EXPECT_NE(kept_->key, old_key);
}

TEST_F(CoreTest, MakesANewKeyWhereItsOldOneServedBefore) {
  collector_.lose_next_answer = true;
  EXPECT_TRUE(Step(Machine()).problem);
  std::string old_key = kept_->key;
  collector_.SendAway(PublicKeyOf(old_key));
  EXPECT_TRUE(Step(Machine()).problem);
  EXPECT_TRUE(Step(Machine()).answer);
  EXPECT_NE(kept_->key, old_key);
}

TEST_F(CoreTest, DoesNotLoopThroughEnrolments) {
  collector_.always_enrol_anew = true;
  clock_.Advance(kDay);
  Time end = clock_.Now() + kDay;
  int steps = 0;
  while (clock_.Now() < end) {
    StepResult result = core_->Step(Machine());
    clock_.Advance(result.next_in);
    ++steps;
  }
  // A day of a collector that says so each time: the pauses grow to hours.
  EXPECT_LE(collector_.enrolled.size(), 20u);
  collector_.always_enrol_anew = false;
  StepResult result = core_->Step(Machine());
  while (!result.answer) {
    clock_.Advance(result.next_in);
    result = core_->Step(Machine());
  }
  EXPECT_EQ(result.answer->grade, "compliant");
}

TEST_F(CoreTest, BacksOffWithFullJitter) {
  collector_.away = true;
  random_ = 0.999;
  Seconds longest{0};
  for (int i = 0; i < 20; ++i) {
    Seconds wait = Step(Machine()).next_in;
    EXPECT_GE(wait, longest);
    longest = std::max(longest, wait);
  }
  EXPECT_GT(longest, Seconds(500));
  EXPECT_LE(longest, Seconds(600));
  random_ = 0;
  EXPECT_EQ(Step(Machine()).next_in, Seconds(1)) << "anywhere between nothing and all of it";
  collector_.away = false;
  EXPECT_TRUE(Step(Machine()).answer);
  collector_.away = true;
  random_ = 0.999;
  EXPECT_LE(Step(Machine()).next_in, Seconds(5)) << "success starts it over";
}

TEST_F(CoreTest, HonoursRetryAfter) {
  collector_.refuse = HttpReply{.status = 503, .body = "", .retry_after = Seconds(40)};
  random_ = 0;
  EXPECT_EQ(Step(Machine()).next_in, Seconds(40));
  random_ = 0.999;
  Seconds wait = Step(Machine()).next_in;
  EXPECT_GT(wait, Seconds(40)) << "not all at that very second";
  EXPECT_LT(wait, Seconds(80));
}

TEST_F(CoreTest, SpoolsWhatChangedWhileTheCollectorWasAway) {
  ASSERT_TRUE(Step(Machine("vmware")).answer);
  collector_.away = true;
  Step(Machine("vmware"));
  EXPECT_TRUE(spool_.empty()) << "nothing changed";
  Step(Machine("xen"));
  Time changed = clock_.Now();
  Step(Machine("xen"));
  Step(Machine("kvm"));
  EXPECT_EQ(spool_.size(), 2u);

  collector_.away = false;
  collector_.check_ins.clear();
  ASSERT_TRUE(Step(Machine("kvm")).answer);
  EXPECT_TRUE(spool_.empty());
  std::vector<std::string> told;
  for (const auto& check_in : collector_.check_ins) {
    if (check_in.request.facts) {
      told.emplace_back(*FactOf(*check_in.request.facts, "platform.kind").AsText());
    }
  }
  EXPECT_EQ(told, (std::vector<std::string>{"xen", "kvm"})) << "in order, each once";
  EXPECT_EQ(collector_.check_ins.front().request.sent_at, changed);
  std::int64_t last = 0;
  for (const auto& check_in : collector_.check_ins) {
    EXPECT_GT(check_in.request.sequence, std::exchange(last, check_in.request.sequence));
  }
}

TEST_F(CoreTest, TellsHowMuchItLost) {
  spool_ = Spool({.max_changes = 1});
  ASSERT_TRUE(Step(Machine("vmware")).answer);
  collector_.away = true;
  for (const char* kind : {"xen", "kvm", "qemu"}) Step(Machine(kind));
  collector_.away = false;
  ASSERT_TRUE(Step(Machine("qemu")).answer);
  EXPECT_EQ(collector_.check_ins.at(collector_.check_ins.size() - 2).request.lost_changes, 2);
  EXPECT_EQ(collector_.check_ins.back().request.lost_changes, 0) << "told once";
}

TEST_F(CoreTest, StartsAnewWhenItsRunningMemoryWasForked) {
  Observation original = Machine();
  ASSERT_TRUE(Step(original).answer);
  std::string old_key = collector_.presented_key();
  Observation clone = Machine();
  clone.claims.smbios_uuid = "9d3f0000-0051-3010-8052-b4c04f4d3132";
  ASSERT_TRUE(Step(clone).answer);
  EXPECT_NE(collector_.presented_key(), old_key);
  std::string boot = collector_.check_ins.back().request.boot_id;
  EXPECT_NE(boot, "boot-a") << "the boot id was forked, too";
  ASSERT_TRUE(Step(clone).answer);
  EXPECT_EQ(collector_.check_ins.back().request.boot_id, boot);
  EXPECT_EQ(collector_.enrolled.size(), 2u);
}

TEST_F(CoreTest, AnAnchorThatCannotBeReadIsNoFork) {
  Observation seen = Machine();
  seen.claims.cloud_vm_id = "vm-1";
  ASSERT_TRUE(Step(seen).answer);
  seen.claims.cloud_vm_id.clear();  // the metadata service did not answer
  ASSERT_TRUE(Step(seen).answer);
  seen.claims.cloud_vm_id = "vm-1";
  ASSERT_TRUE(Step(seen).answer);
  EXPECT_EQ(collector_.enrolled.size(), 1u);
  seen.claims.cloud_vm_id = "vm-2";
  ASSERT_TRUE(Step(seen).answer);
  EXPECT_EQ(collector_.enrolled.size(), 2u);
}

TEST_F(CoreTest, SaysWhichKeyItWasToldToGiveUp) {
  ASSERT_TRUE(Step(Machine()).answer);
  EXPECT_EQ(collector_.replaced.back(), "");
  std::string name = KeyName(*kept_);
  EXPECT_EQ(name.size(), 64u);
  collector_.SendAway(PublicKeyOf(kept_->key));
  ASSERT_TRUE(Step(Machine()).answer);
  EXPECT_EQ(collector_.replaced.back(), name);
  EXPECT_NE(KeyName(*kept_), name);

  Observation clone = Machine();
  clone.claims.smbios_uuid = "9d3f0000-0051-3010-8052-b4c04f4d3132";
  ASSERT_TRUE(Step(clone).answer);
  EXPECT_EQ(collector_.replaced.back(), "") << "the key of a machine that it was forked from";
}

TEST_F(CoreTest, DropsWhatAnotherMachineSpooled) {
  ASSERT_TRUE(Step(Machine("vmware")).answer);
  collector_.away = true;
  Step(Machine("xen"));
  ASSERT_EQ(spool_.size(), 1u);
  collector_.away = false;
  Observation clone = Machine("xen");
  clone.claims.smbios_uuid = "9d3f0000-0051-3010-8052-b4c04f4d3132";
  ASSERT_TRUE(Step(clone).answer);
  EXPECT_TRUE(spool_.empty());
  for (const auto& check_in : collector_.check_ins) {
    bool after = check_in.request.claims.smbios_uuid == clone.claims.smbios_uuid;
    EXPECT_TRUE(after || check_in.request.boot_id == "boot-a");
  }
}

TEST_F(CoreTest, NothingArrivesAfterTheGoodbye) {
  ASSERT_TRUE(Step(Machine("vmware")).answer);
  collector_.away = true;
  Step(Machine("xen"));
  EXPECT_FALSE(core_->SayGoodbye(Machine("xen"))) << "what waits goes first";
  collector_.away = false;
  ASSERT_TRUE(core_->SayGoodbye(Machine("xen")));
  EXPECT_TRUE(spool_.empty());
  EXPECT_TRUE(collector_.check_ins.back().request.goodbye);
}

TEST_F(CoreTest, KeepsTheAuthoritiesThatTheCollectorTellsOf) {
  ASSERT_TRUE(Step(Machine()).answer);
  EXPECT_NE(kept_->ca.find("BEGIN CERTIFICATE"), std::string::npos);
  EXPECT_EQ(collector_.trusted, kept_->ca);
  collector_.trusted.clear();
  Restart();
  EXPECT_EQ(collector_.trusted, kept_->ca) << "a new process trusts them, too";
  auto read = IdentityFromText(IdentityToText(*kept_), "test");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->ca, kept_->ca);
  EXPECT_EQ(read->certificate, kept_->certificate);
}

TEST_F(CoreTest, StopsAnsweringACollectorThatKeepsAsking) {
  collector_.ask_forever = true;
  StepResult result = Step(Machine());
  ASSERT_TRUE(result.problem);
  EXPECT_LE(collector_.check_ins.size(), 3u);
}

TEST_F(CoreTest, SaysGoodbyeOnceEnrolled) {
  EXPECT_FALSE(core_->SayGoodbye(Machine()));
  ASSERT_TRUE(Step(Machine()).answer);
  ASSERT_TRUE(core_->SayGoodbye(Machine()));
  EXPECT_TRUE(collector_.check_ins.back().request.goodbye);
}

TEST_F(CoreTest, StaysRevoked) {
  ASSERT_TRUE(Step(Machine()).answer);
  std::string key = kept_->key;
  collector_.refuse = HttpReply{.status = 403, .body = "", .retry_after = {}};
  StepResult result = Step(Machine());
  ASSERT_TRUE(result.problem);
  EXPECT_EQ(result.problem->kind, ErrorKind::kDenied);
  EXPECT_EQ(kept_->key, key) << "a revoked agent does not sneak back in";
  EXPECT_EQ(collector_.enrolled.size(), 1u);
}

}  // namespace
}  // namespace vdiwatch::agent
