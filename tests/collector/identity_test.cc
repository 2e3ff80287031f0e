#include "collector/revoke.h"
#include "collector/store/access_store.h"
#include "tests/collector/machines.h"

// Identity end to end over a real store: what docs/identity.md promises beyond single decisions.
namespace vdiwatch::collector {
namespace {

using IdentityTest = MachinesTest;

TEST_F(IdentityTest, ClonesOfOneKeyUnderOneNameComeApart) {
  Machine& first = Add("golden");
  Ticks(2);
  Machine& second = Clone(first, "golden");
  Ticks(4);
  EXPECT_NE(first.desktop, second.desktop);
  EXPECT_EQ(Desktops(Presence::kLive).size(), 2u);
  int enrolments = enrolments_;
  Ticks(8);
  EXPECT_EQ(enrolments_, enrolments) << "no ping-pong";
  EXPECT_EQ(DesktopOf(first).desktop.duplicate, "name_collision");
  EXPECT_EQ(DesktopOf(second).desktop.duplicate, "name_collision");
}

TEST_F(IdentityTest, AnUnsealedImageMarksEveryCloneUntilItsNextBoot) {
  Machine& golden = Add("golden");
  Ticks(1);
  std::vector<Machine*> clones;
  for (int i = 0; i < 6; ++i) clones.push_back(&Clone(golden, "vdi-" + std::to_string(i)));
  golden.on = false;
  Ticks(2);
  for (const Machine* clone : clones) {
    EXPECT_EQ(DesktopOf(*clone).desktop.claims.host_name, clone->seat.report.claims.host_name);
    EXPECT_EQ(DesktopOf(*clone).desktop.duplicate, "cloned_identity");
  }
  EXPECT_LE(enrolments_, 1 + 2 * 6);
  for (Machine* clone : clones) Boot(*clone);
  Ticks(1);
  for (const Machine* clone : clones) EXPECT_EQ(DesktopOf(*clone).desktop.duplicate, "none");
}

TEST_F(IdentityTest, ClonesThatBootUnderTheTemplatesNameFirstStayTheirDesktops) {
  std::vector<Machine*> machines;
  for (int i = 0; i < 4; ++i) machines.push_back(&Add("template", false));
  std::vector<std::string> first_day;
  for (int day = 0; day < 4; ++day) {
    Ticks(1);
    for (int i = 0; i < 4; ++i) {
      machines[i]->seat.report.claims.host_name = "vdi-" + std::to_string(i);
    }
    Ticks(3);
    for (int i = 0; i < 4; ++i) {
      if (day == 0) first_day.push_back(machines[i]->desktop);
      EXPECT_EQ(machines[i]->desktop, first_day[i]) << "day " << day;
      machines[i]->seat.report.claims.host_name = "template";
      Boot(*machines[i]);
    }
  }
  EXPECT_EQ(Desktops().size(), 4u);
}

TEST_F(IdentityTest, ATemplatesNameWithoutHardwareIdsLeavesNoGhosts) {
  Machine& machine = Add("template", false);
  auto& claims = machine.seat.report.claims;
  for (int day = 0; day < 6; ++day) {
    claims.smbios_uuid.clear();
    claims.mac_digests.clear();
    Ticks(1);
    claims.host_name = "vdi-1";
    Ticks(4);
    claims.host_name = "template";
    Boot(machine);
  }
  claims.host_name = "vdi-1";
  Ticks(12);
  EXPECT_EQ(Desktops(Presence::kLive).size(), 1u);
  EXPECT_LE(Desktops().size(), 2u);
}

TEST_F(IdentityTest, CopiedUuidsAreShownAndConfuseNobody) {
  Machine& one = Add("vdi-1", false);
  Machine& two = Add("vdi-2", false);
  two.seat.report.claims.smbios_uuid = one.seat.report.claims.smbios_uuid;
  Ticks(2);
  for (int day = 0; day < 3; ++day) {
    std::string first = one.desktop, second = two.desktop;
    Boot(one);
    Boot(two);
    Ticks(2);
    EXPECT_EQ(one.desktop, first);
    EXPECT_EQ(two.desktop, second);
  }
  EXPECT_EQ(Desktops().size(), 2u);
  EXPECT_EQ(DesktopOf(one).desktop.duplicate, "shared_uuid");
  EXPECT_EQ(DesktopOf(two).desktop.duplicate, "shared_uuid");
  two.on = false;
  Ticks(12 + 16);
  EXPECT_EQ(DesktopOf(one).desktop.duplicate, "none") << "nobody shares it any more";
}

TEST_F(IdentityTest, TwoMachinesWithOneNameAndOneUuidEndAsTwoDesktops) {
  Machine& one = Add("vdi-1");
  Machine& two = Add("vdi-1");
  for (Machine* machine : {&one, &two}) {
    machine->seat.report.claims.smbios_uuid = "4c4c4544-0042-3510-8054-b2c04f4e3731";
    machine->seat.report.claims.mac_digests.clear();
  }
  Ticks(6);
  EXPECT_NE(one.desktop, two.desktop);
  int enrolments = enrolments_;
  Ticks(8);
  EXPECT_EQ(enrolments_, enrolments);
  EXPECT_EQ(Desktops(Presence::kLive).size(), 2u);
}

TEST_F(IdentityTest, CollidingMachinesKeepTheirOwnDesktopsThroughResets) {
  Machine& one = Add("vdi-1", false);
  Machine& two = Add("vdi-1", false);
  Ticks(4);
  std::string first = one.desktop, second = two.desktop;
  ASSERT_NE(first, second);
  for (int day = 0; day < 3; ++day) {
    Boot(one);
    Ticks(1);
    Boot(two);
    Ticks(1);
    EXPECT_EQ(one.desktop, first);
    EXPECT_EQ(two.desktop, second);
  }
  EXPECT_EQ(Desktops().size(), 2u);
}

TEST_F(IdentityTest, AChallengersGoodbyeDoesNotHandItTheSlot) {
  Machine& owner = Add("vdi-1");
  Ticks(2);
  std::string kept = owner.desktop;
  Machine& thief = Add("vdi-1");
  Speak(thief);
  PowerOff(thief, true);
  Rebuild(thief);
  Speak(thief);
  Speak(owner);
  EXPECT_EQ(owner.desktop, kept);
  EXPECT_TRUE(owner.gave_up.empty());
  Ticks(3);
  EXPECT_EQ(owner.desktop, kept);
}

// Whoever holds the pool's token and knows what a machine says of itself.
TEST_F(IdentityTest, AThiefOfALiveDesktopIsParted) {
  Machine& owner = Add("vdi-1");
  Ticks(2);
  const std::string kept = owner.desktop;
  Machine& thief = machines_.emplace_back(owner);
  thief.seat.report.claims.mac_digests.clear();
  Rebuild(thief);
  Speak(thief);
  EXPECT_EQ(thief.desktop, kept);
  Speak(owner);
  Speak(thief);
  for (int tick = 0; tick < 6; ++tick) {
    Ticks(1);
    EXPECT_EQ(owner.desktop, kept);
    EXPECT_NE(thief.desktop, kept);
    EXPECT_TRUE(owner.gave_up.empty()) << "the owner is not told to enrol anew";
  }
  Rebuild(thief);
  Speak(thief);
  Ticks(2);
  EXPECT_EQ(owner.desktop, kept);
  EXPECT_EQ(DesktopOf(owner).desktop.duplicate, "name_collision");
}

TEST_F(IdentityTest, AThiefInTheNightLosesTheDesktopInTheMorning) {
  Machine& owner = Add("vdi-1");
  Ticks(2);
  const std::string kept = owner.desktop;
  PowerOff(owner, true);
  Machine& thief = Add("vdi-1");
  Ticks(8);
  EXPECT_EQ(thief.desktop, kept);
  PowerOn(owner);
  Ticks(3);
  EXPECT_EQ(owner.desktop, kept);
  EXPECT_NE(thief.desktop, kept);
}

TEST_F(IdentityTest, AThiefWithASpentTokenIsSentAwayAndTheOwnerStays) {
  Seat owner = NewSeat("fin-1");  // the token of the fixture is for three desktops
  owner.report.claims.smbios_uuid = "4c4c4544-0042-3510-8054-b2c04f4e3731";
  Live(owner, 1);
  Seat second = NewSeat("fin-2"), third = NewSeat("fin-3");
  Live(second, 1);
  const std::string kept = Report(owner).desktop;
  Live(third, 1);
  Seat thief = NewSeat("fin-1");
  thief.report.claims = owner.report.claims;
  clock_.Advance(Seconds(60));
  ASSERT_EQ(Enrol(thief, token_).status, 200);
  EXPECT_EQ(Report(owner).desktop, kept);
  EXPECT_EQ(Report(thief).need, std::vector<std::string>{"enrol"});
  Seat again = NewSeat("fin-1");
  again.report.claims = owner.report.claims;
  EXPECT_EQ(Enrol(again, token_).status, 403) << "its desktop has defended that name";
  EXPECT_EQ(Report(owner).desktop, kept);
}

TEST_F(IdentityTest, AChallengerChangesNothingBeforeItIsSettled) {
  Machine& owner = Add("vdi-1");
  Ticks(2);
  const Claims before = DesktopOf(owner).desktop.claims;
  Machine& other = Add("vdi-1");
  Speak(other);
  EXPECT_EQ(other.desktop, owner.desktop);
  EXPECT_EQ(DesktopOf(owner).desktop.claims, before);
  owner.on = false;
  Ticks(4);
  EXPECT_EQ(DesktopOf(other).desktop.claims, other.seat.report.claims);
  EXPECT_EQ(Desktops().size(), 1u);
}

TEST_F(IdentityTest, MachinesWithoutADomainAreToldApartUnderACopiedUuid) {
  std::vector<Machine*> machines;
  for (int i = 0; i < 4; ++i) {
    Machine& machine = *machines.emplace_back(&Add("wg-" + std::to_string(i), false));
    machine.seat.report.claims.domain.clear();
    machine.seat.report.claims.smbios_uuid = "4c4c4544-0042-3510-8054-b2c04f4e4444";
    if (i % 2 == 0) machine.seat.report.claims.mac_digests.clear();
    Ticks(1);
    PowerOff(machine, true);
  }
  for (int day = 0; day < 3; ++day) {
    for (Machine* machine : machines) PowerOn(*machine);
    Ticks(2);
    for (Machine* machine : machines) PowerOff(*machine, day % 2 == 0);
    Ticks(4);
  }
  EXPECT_EQ(Desktops().size(), 4u);
  EXPECT_EQ(enrolments_, 4 * 4);
}

TEST_F(IdentityTest, WhoSaysNothingOfItselfIsWhoItWas) {
  Machine& machine = Add("vdi-1");
  Ticks(1);
  machine.seat.report.claims = {};
  Ticks(1);
  EXPECT_EQ(DesktopOf(machine).desktop.claims.host_name, "vdi-1");
  EXPECT_FALSE(DesktopOf(machine).desktop.slot.empty());
}

TEST_F(IdentityTest, NewsOfAnEarlierBootThatWaitedIsNoClone) {
  Machine& machine = Add("vdi-1");
  Ticks(1);
  const std::string first_boot = machine.seat.report.boot_id;
  Boot(machine);
  Ticks(1);
  CheckInRequest old = machine.seat.report;
  old.boot_id = first_boot;
  old.sequence = 900;
  old.late = true;
  Response answer = Post("/v1/check-in", ToJson(old), "", machine.seat.key);
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(ParseCheckInResponse(answer.body)->need.empty());
  EXPECT_EQ(DesktopOf(machine).desktop.duplicate, "none");
  old.late = false;
  answer = Post("/v1/check-in", ToJson(old), "", machine.seat.key);
  EXPECT_EQ(ParseCheckInResponse(answer.body)->need, std::vector<std::string>{"enrol"});
}

TEST_F(IdentityTest, ARenameIntoASilentDesktopsNameLeavesNoGhost) {
  Machine& old = Add("fin-1");
  Machine& replacement = Add("fin-2");
  Ticks(2);
  std::string seat = old.desktop, left = replacement.desktop;
  old.on = false;
  Ticks(4);
  replacement.seat.report.claims.host_name = "fin-1";
  Ticks(1);
  EXPECT_EQ(replacement.desktop, seat);
  EXPECT_EQ(Desktops().size(), 1u);
  EXPECT_EQ(database_.reader->DesktopById(*ParseIdText(left))->desktop.presence,
            Presence::kRetired);
}

TEST_F(IdentityTest, ARevokedDesktopIsRefusedFromTheNextRequestOn) {
  Machine& machine = Add("fin-1");
  Ticks(1);
  std::int64_t id = *ParseIdText(machine.desktop);
  EXPECT_EQ(*RevokeDesktop(*database_.store, *database_.reader, id, "ada", "stolen", clock_.Now()),
            1);
  ++machine.seat.report.sequence;
  Response refused = Post("/v1/check-in", ToJson(machine.seat.report), "", machine.seat.key);
  EXPECT_EQ(refused.status, 403);
  EXPECT_NE(refused.body.find("revoked"), std::string::npos);
  EXPECT_EQ(Post("/v1/renew", ToJson(RenewRequest{machine.seat.csr}), "", machine.seat.key).status,
            403);
  EXPECT_EQ(Enrol(machine.seat, wide_token_).status, 403) << "nor with the same key again";
  auto audit = database_.access->AuditLog(1);
  EXPECT_EQ(audit->at(0).action, "desktop.revoked");
  EXPECT_EQ(audit->at(0).actor, "ada");
  EXPECT_EQ(RevokeDesktop(*database_.store, *database_.reader, id + 1, "ada", "", clock_.Now())
                .error()
                .kind,
            ErrorKind::kNotFound);
}

TEST_F(IdentityTest, AKeyThatHasServedIsNotRenewed) {
  Machine& machine = Add("fin-1");
  Ticks(1);
  Seat before = machine.seat;
  Rebuild(machine);
  Ticks(1);
  EXPECT_EQ(Post("/v1/renew", ToJson(RenewRequest{before.csr}), "", before.key).status, 409);
}

TEST_F(IdentityTest, ThePoolsPatternInformsItsNewMembers) {
  for (int i = 0; i < 5; ++i) Add("vdi-" + std::to_string(i), false);
  for (int day = 0; day < 3; ++day) {
    Ticks(1);
    for (auto& machine : machines_) Boot(machine);
  }
  Ticks(1);
  Machine& fresh = Add("vdi-9", false);
  Ticks(2);
  DesktopSummary shown = DesktopOf(fresh);
  EXPECT_NE(shown.verdict.find("non_persistent"), std::string::npos) << shown.verdict;
  EXPECT_EQ(Describe(policy::ObservedPersistence(shown.desktop.boots)), "undetermined");
}

TEST_F(IdentityTest, EnrolmentsAreLimitedByTokenAndGuessesByAddress) {
  collector_.reset();
  CollectorOptions options;
  options.enrolments = {.burst = 3, .one_every = std::chrono::seconds(1)};
  options.wrong_tokens = {.burst = 2, .one_every = std::chrono::seconds(1)};
  collector_ = *Collector::Start(options, database_.store, *ca_, PolicyFrom(kTwoRules), kTwoRules,
                                 clock_, log_);
  Seat seat = NewSeat("fin-1");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Enrol(seat, "vdw_enrol_guess").status, 401);
  Response guessed = Enrol(seat, "vdw_enrol_guess");
  EXPECT_EQ(guessed.status, 429);
  EXPECT_TRUE(guessed.retry_after_s);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Enrol(seat, wide_token_).status, 200) << "same address";
  Response limited = Enrol(seat, wide_token_);
  EXPECT_EQ(limited.status, 429);
  EXPECT_GE(limited.retry_after_s.value_or(0), 1);
  EXPECT_EQ(Enrol(seat, token_).status, 200) << "another token";
  clock_.Advance(Seconds(1));
  EXPECT_EQ(Enrol(seat, wide_token_).status, 200);
}

TEST_F(IdentityTest, AnAgentOfALaterReleaseKeepsReportingAndItsFactsAreKept) {
  Machine& machine = Add("fin-1");
  Seat& seat = machine.seat;
  seat.facts["gpu.partitioned"] = Known(FactValue(true));
  seat.facts["platform.kind"] = Known("cloud_hypervisor");
  seat.report.state["gpu.sessions"] = Known(FactValue(std::int64_t{2}));
  seat.report.per_desktop["tpm.serial"] = Known("42");
  seat.report.os = "freebsd";
  Ticks(2);
  DesktopSummary shown = DesktopOf(machine);
  EXPECT_EQ(shown.desktop.os, "freebsd");
  EXPECT_EQ(FactOf(shown.desktop.state, "gpu.sessions").AsInteger(), 2);
  EXPECT_EQ(FactOf(shown.desktop.per_desktop, "tpm.serial").AsText(), "42");
  EXPECT_EQ(shown.grade, policy::Grade::kUnknown) << "a value that this release does not know";
  auto set = database_.store->FactSet(shown.desktop.facts_digest);
  ASSERT_TRUE(set);
  EXPECT_NE(set->find("gpu.partitioned"), std::string::npos);
}

TEST(EnrolmentLimit, LetsABootStormOfTenThousandPassAtOnce) {
  ManualClock clock(FromUnix(1'800'000'000));
  RateLimiter limiter(CollectorOptions().enrolments, clock);
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(limiter.Take("token"), Seconds(0)) << i;
}

}  // namespace
}  // namespace vdiwatch::collector
