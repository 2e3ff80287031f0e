#include "collector/collector.h"

#include <algorithm>

#include "collector/profile.h"
#include "collector/round.h"
#include "tests/collector/collector_fixture.h"

namespace vdiwatch::collector {
namespace {

TEST_F(CollectorTest, AsksForFactsOnceAndJudges) {
  Seat seat = NewSeat("fin-01");
  ASSERT_EQ(Enrol(seat, token_).status, 200);
  seat.report.sequence = 1;
  seat.report.sent_at = clock_.Now();
  seat.report.facts_digest = FactSetDigest(seat.facts);
  auto first = ParseCheckInResponse(Post("/v1/check-in", ToJson(seat.report), "", seat.key).body);
  EXPECT_EQ(first->need, std::vector<std::string>{"facts"});
  EXPECT_EQ(first->next_in_s, 0);
  auto second = Report(seat);
  EXPECT_TRUE(second.need.empty());
  EXPECT_EQ(second.grade, "unknown");  // nobody saw it boot yet
  EXPECT_EQ(second.pool, "finance");
  EXPECT_GE(second.next_in_s, 450);

  Seat clone = NewSeat("fin-02");
  ASSERT_EQ(Enrol(clone, token_).status, 200);
  clone.report.sequence = 0;
  clone.facts = seat.facts;
  ++clone.report.sequence;
  clone.report.sent_at = clock_.Now();
  clone.report.facts_digest = FactSetDigest(clone.facts);
  auto known = ParseCheckInResponse(Post("/v1/check-in", ToJson(clone.report), "", clone.key).body);
  EXPECT_TRUE(known->need.empty());  // clones of one image share a fact set
}

TEST_F(CollectorTest, ARepeatIsToldTheNumberHeldAndIsALifeSign) {
  Seat seat = NewSeat("fin-01");
  Live(seat, 1);
  const auto held = seat.report.sequence;
  clock_.Advance(Seconds(3600));
  seat.report.sequence = 0;
  seat.report.state = {{"docker_desktop.instances", Known(FactValue(std::int64_t{2}))}};
  EXPECT_EQ(Report(seat).sequence, held);
  ASSERT_TRUE(collector_->SweepNow());
  const auto desktop = database_.reader->Desktops({})->at(0).desktop;
  EXPECT_EQ(desktop.last_seen, clock_.Now());
  EXPECT_TRUE(desktop.state.empty()) << "not applied";
  seat.report.sequence = held;
  EXPECT_EQ(Report(seat).sequence, 0);
  seat.report.sequence = std::int64_t{1} << 50;
  EXPECT_EQ(Post("/v1/check-in", ToJson(seat.report), "", seat.key).status, 409);
}

TEST_F(CollectorTest, TheFirstOfAPoolIsToldItsName) {
  const NewToken wanted{.pool = "brand new",
                        .expires_at = clock_.Now() + Seconds(86400),
                        .max_uses = 0,
                        .cidr = "",
                        .note = ""};
  const auto token = CreateEnrolToken(*database_.store, wanted, clock_.Now());
  ASSERT_TRUE(token);
  EXPECT_EQ(ParseEnrolResponse(Enrol(NewSeat("new-01"), *token).body)->pool, "brand new");
}

TEST_F(CollectorTest, PoolsThatPeopleNameHoldNothingThatNobodySees) {
  NewToken wanted{.pool =
                      "fin\xE2\x80\x8B"
                      "ance",
                  .expires_at = clock_.Now() + Seconds(86400),
                  .max_uses = 0,
                  .cidr = "",
                  .note = ""};
  const auto refused = CreateEnrolToken(*database_.store, wanted, clock_.Now());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "a pool's name must not hold the invisible character U+200B");
  ASSERT_TRUE(database_.store->EnsurePool(wanted.pool));  // as where an agent tells of it
  EXPECT_TRUE(CreateEnrolToken(*database_.store, wanted, clock_.Now()));
}

TEST(ErrorResponse, TellsStrangersNothingOfWhatIsWrongInside) {
  const Response away = ErrorResponse(Unavailable("PostgreSQL: connection to 10.1.2.3 failed"));
  EXPECT_EQ(away.status, 503);
  EXPECT_TRUE(away.retry_after_s);
  EXPECT_EQ(away.body.find("10.1.2.3"), std::string::npos) << away.body;
  EXPECT_EQ(away.cause, "PostgreSQL: connection to 10.1.2.3 failed");
  EXPECT_EQ(ErrorResponse(Internal("row 17 is odd")).body.find("17"), std::string::npos);
  EXPECT_NE(ErrorResponse(Denied("this key was revoked")).body.find("revoked"), std::string::npos);
}

TEST_F(CollectorTest, SpreadsThoseWhoComeBackAfterASilenceOverAWholeInterval) {
  Seat seat = NewSeat("fin-01");
  ASSERT_EQ(Enrol(seat, token_).status, 200);
  Report(seat);
  // Least and most of many answers, each after this long without a word.
  auto spread = [&](Seconds silence) {
    std::pair<std::int64_t, std::int64_t> told{1 << 20, 0};
    for (int i = 0; i < 60; ++i) {
      clock_.Advance(silence);
      std::int64_t next = Report(seat).next_in_s;
      told = {std::min(told.first, next), std::max(told.second, next)};
    }
    return told;
  };
  auto [soonest, latest] = spread(Seconds(900));
  EXPECT_GE(soonest, 810);
  EXPECT_LE(latest, 990);
  auto [soonest_back, latest_back] = spread(Seconds(3600));
  EXPECT_GE(soonest_back, 450);
  EXPECT_LT(soonest_back, 700);
  EXPECT_GT(latest_back, 1100);
  EXPECT_LE(latest_back, 1350);
}

TEST_F(CollectorTest, SurvivedBootsMakeItPersistentAndThePoolCompliant) {
  Seat seat = NewSeat("fin-01");
  EXPECT_EQ(Live(seat, 3).grade, "compliant");
  auto pool = Finance();
  EXPECT_EQ(pool.desktops, 1);
  ASSERT_TRUE(pool.pool.state);
  EXPECT_EQ(pool.pool.state->grade, policy::Grade::kCompliant);
}

TEST_F(CollectorTest, ResetsMakeItNonPersistentAndItStaysOneDesktop) {
  Seat seat = NewSeat("fin-01");
  std::string desktop = Live(seat, 1).desktop;
  CheckInResponse answer;
  for (int boot = 2; boot <= 4; ++boot) {
    clock_.Advance(Seconds(3600));
    seat.Reset("boot-" + std::to_string(boot), clock_.Now());
    ASSERT_EQ(Enrol(seat, token_).status, 200);
    answer = Report(seat);
    EXPECT_EQ(answer.desktop, desktop);
  }
  EXPECT_EQ(answer.grade, "noncompliant");
  auto pool = Finance();
  EXPECT_EQ(pool.desktops, 1);
  EXPECT_EQ(pool.pool.state->grade, policy::Grade::kNoncompliant);
  EXPECT_NE(pool.pool.reasons.find("persistent"), std::string::npos);
}

TEST_F(CollectorTest, EnrolmentIsIdempotentPerKey) {
  Seat seat = NewSeat("fin-01");
  EXPECT_EQ(Enrol(seat, token_).status, 200);
  EXPECT_EQ(Enrol(seat, token_).status, 200);
  Report(seat);
  EXPECT_EQ(Finance().desktops, 1);
  EXPECT_EQ(database_.store->EnrolTokens()->at(0).uses, 1);
}

TEST_F(CollectorTest, TokensCountDesktopsAndAreRefusedByName) {
  for (const char* host : {"fin-01", "fin-02", "fin-03"}) {
    EXPECT_EQ(Enrol(NewSeat(host), token_).status, 200);
  }
  auto full = Enrol(NewSeat("fin-04"), token_);
  EXPECT_EQ(full.status, 403);
  EXPECT_NE(full.body.find("was for 3 desktops"), std::string::npos);

  auto wrong = Enrol(NewSeat("fin-05"), "vdw_enrol_0000");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_NE(wrong.body.find("not known here"), std::string::npos);

  clock_.Advance(Seconds(86400 * 400));
  auto late = Enrol(NewSeat("fin-06"), token_);
  EXPECT_EQ(late.status, 403);
  EXPECT_NE(late.body.find("expired at"), std::string::npos);
}

TEST_F(CollectorTest, TwoMachinesUnderOneNameBecomeTwoDesktops) {
  Seat first = NewSeat("fin-01");
  std::string kept = Live(first, 1).desktop;
  clock_.Advance(Seconds(60));  // who came first must be plain
  Seat second = NewSeat("fin-01");
  second.report.claims.smbios_uuid = "4c4c4544-0042-3510-8054-ffffffffffff";
  ASSERT_EQ(Enrol(second, token_).status, 200);
  EXPECT_EQ(Report(second).desktop, kept);  // for all that is known: the machine was recreated
  EXPECT_EQ(Report(first).desktop, kept);   // but the first one speaks: a name collision
  EXPECT_NE(Report(second).desktop, kept);
  EXPECT_EQ(Finance().desktops, 2);
}

TEST_F(CollectorTest, ARecreatedMachineSucceedsOnceTheOldOneIsSilent) {
  Seat first = NewSeat("fin-01");
  std::string kept = Live(first, 1).desktop;
  clock_.Advance(Seconds(60));
  Seat second = NewSeat("fin-01");
  second.report.claims.smbios_uuid = "4c4c4544-0042-3510-8054-ffffffffffff";
  ASSERT_EQ(Enrol(second, token_).status, 200);
  for (int i = 0; i < 4; ++i) {
    clock_.Advance(Seconds(900));
    EXPECT_EQ(Report(second).desktop, kept);
    ASSERT_TRUE(collector_->SweepNow());
  }
  EXPECT_EQ(Finance().desktops, 1);
  EXPECT_EQ(Report(first).desktop, kept) << "it was not gone after all, and came first";
  EXPECT_NE(Report(second).desktop, kept);
  EXPECT_EQ(Finance().desktops, 2);
}

TEST_F(CollectorTest, AClonedKeyIsToldToEnrolAnew) {
  Seat original = NewSeat("fin-01");
  Live(original, 1);
  Seat clone = original;
  clone.report.claims.host_name = "fin-02";
  clone.report.claims.smbios_uuid = "4c4c4544-0042-3510-8054-eeeeeeeeeee1";
  clone.Reboot("boot-9");
  EXPECT_EQ(Report(clone).need, std::vector<std::string>{"enrol"});
  EXPECT_EQ(Report(original).need, std::vector<std::string>{"enrol"});
  clone.Reset("boot-9", clock_.Now());
  original.Reset("boot-1", clock_.Now());
  EXPECT_EQ(Enrol(original, token_).status, 200);
  EXPECT_EQ(Enrol(clone, token_).status, 200);
  EXPECT_NE(Report(original).desktop, Report(clone).desktop);
  EXPECT_EQ(Finance().desktops, 2);
}

TEST_F(CollectorTest, SilenceIsStaleAndGoodbyeIsNot) {
  Seat silent = NewSeat("fin-01"), off = NewSeat("fin-02");
  Live(silent, 2);
  Live(off, 2);
  off.report.goodbye = true;
  Report(off);
  clock_.Advance(Seconds(3 * 3600));
  auto pool = Finance();
  EXPECT_EQ(pool.stale, 1);
  EXPECT_EQ(pool.off, 1);
  EXPECT_EQ(pool.live, 0);
}

TEST_F(CollectorTest, ANewPolicyJudgesWhatIsStored) {
  Seat seat = NewSeat("fin-01", "nutanix_ahv");
  EXPECT_EQ(Live(seat, 3).grade, "noncompliant");
  std::string wider = kTwoRules;
  wider.replace(wider.find("[vmware, azure]"), 15, "[vmware, azure, nutanix_ahv]");
  ASSERT_TRUE(collector_->SetPolicy(PolicyFrom(wider), wider));
  EXPECT_EQ(Finance().pool.state->grade, policy::Grade::kCompliant);
  EXPECT_EQ(Report(seat).grade, "compliant");
}

TEST_F(CollectorTest, ARestartForgetsNothingThatWasAcknowledged) {
  Seat seat = NewSeat("fin-01");
  std::string desktop = Live(seat, 2).desktop;
  collector_.reset();
  database_ = {};
  database_ = *OpenSqlite(folder_ / "store.db");
  Start(kTwoRules);
  seat.Reboot("boot-3");
  ++seat.report.canary.boots;
  auto answer = Report(seat);
  EXPECT_EQ(answer.desktop, desktop);
  EXPECT_EQ(answer.grade, "compliant");
}

TEST_F(CollectorTest, APoolsSharesWaitOnThroughARestart) {
  const std::string pack =
      std::string(kTwoRules) +
      "---\npools:\n  - {name: finance, thresholds: {enter: 100%, for: 30m, leave: 0%, "
      "rules: {hypervisor: {enter: 1%, for: 20m, leave: 0%}}}}\n";
  Start(pack);
  Seat seat = NewSeat("fin-01", "nutanix_ahv");
  Live(seat, 3);
  const Time begun = clock_.Now();
  const auto state = *Finance().pool.state;
  EXPECT_EQ(state.pending.at(""), begun);
  EXPECT_EQ(state.pending.at("hypervisor"), begun);
  collector_.reset();
  database_ = {};
  database_ = *OpenSqlite(folder_ / "store.db");
  Start(pack);
  clock_.Advance(Seconds(19 * 60));
  EXPECT_EQ(*Finance().pool.state, state);
  clock_.Advance(Seconds(60));
  EXPECT_EQ(Finance().pool.state->grade, policy::Grade::kNoncompliant);
}

class InstallOrderTest : public CollectorTest {
 protected:
  void Has(Seat& seat, bool docker_desktop, bool nested) {
    seat.facts["docker_desktop.installed"] = Known(docker_desktop);
    seat.facts["nested_virtualization.available"] = Known(nested);
    seat.report.per_desktop["docker_desktop.installed_at"] =
        docker_desktop ? Known("2026-11-02T09:00:00Z") : Unknown(Missing::kAbsent);
  }
  // docker_desktop.installed_before_nested_virtualization, as rules see it.
  std::string DockerFirst(const Seat& seat) {
    const auto host = seat.report.claims.host_name;
    const auto desktop = database_.reader->DesktopsByHost(host)->at(0).desktop;
    const auto profiles = *database_.store->Profiles();
    for (const Profile& profile : profiles) {
      if (profile.digest != desktop.profile) continue;
      const auto facts = ProfileFacts(profile, "{}");
      return Describe(FactOf(*facts, "docker_desktop.installed_before_nested_virtualization"));
    }
    return "no profile";
  }
};

TEST_F(InstallOrderTest, TheCollectorSeesWhichCameFirst) {
  Seat before = NewSeat("fin-01"), after = NewSeat("fin-02"), image = NewSeat("fin-03");
  Has(before, true, false);
  Has(after, false, true);
  Has(image, false, true);
  for (Seat* seat : {&before, &after, &image}) Live(*seat, 1);
  EXPECT_EQ(DockerFirst(before), "undetermined");
  EXPECT_EQ(DockerFirst(after), "absent");

  collector_.reset();
  database_ = {};
  database_ = *OpenSqlite(folder_ / "store.db");
  Start(kTwoRules);
  clock_.Advance(Seconds(900));
  for (Seat* seat : {&before, &after, &image}) Has(*seat, true, true);
  before.Reboot("boot-2");
  ++before.report.canary.boots;
  Report(before);
  Report(after);
  image.Reset("boot-2", clock_.Now());
  ASSERT_EQ(Enrol(image, token_).status, 200);
  Report(image);
  EXPECT_EQ(DockerFirst(before), "true");
  EXPECT_EQ(DockerFirst(after), "false");
  EXPECT_EQ(DockerFirst(image), "undetermined") << "it was installed into the image, elsewhere";
}

TEST_F(CollectorTest, RefusesBeforeTheBodyWhatItCannotUse) {
  RequestHead head{.method = "POST",
                   .target = "/v1/check-in",
                   .peer = {},
                   .bearer = "",
                   .remote_ip = "",
                   .content_length = 10};
  EXPECT_EQ(collector_->Admit(head)->status, 401);
  head.peer = PeerCertificate{"key", clock_.Now() - Seconds(181LL * 86400)};
  EXPECT_EQ(collector_->Admit(head)->status, 401);
  head.peer = PeerCertificate{"key", clock_.Now() - Seconds(179LL * 86400)};
  EXPECT_FALSE(collector_->Admit(head));
  head.content_length = kMaxCheckInBytes + 1;
  EXPECT_EQ(collector_->Admit(head)->status, 413);
  head.target = "/v1/other";
  EXPECT_EQ(collector_->Admit(head)->status, 404);
  head.target = "/v1/check-in";
  head.method = "GET";
  EXPECT_EQ(collector_->Admit(head)->status, 405);
  EXPECT_EQ(Post("/v1/check-in", ToJson(NewSeat("x").report), "", "nobody's key").status, 400);
}

TEST_F(CollectorTest, RenewsForTheSameKeyOnly) {
  Seat seat = NewSeat("fin-01"), other = NewSeat("fin-02");
  Live(seat, 1);
  EXPECT_EQ(Post("/v1/renew", ToJson(RenewRequest{seat.csr}), "", seat.key).status, 200);
  EXPECT_EQ(Post("/v1/renew", ToJson(RenewRequest{other.csr}), "", seat.key).status, 403);
  EXPECT_EQ(Post("/v1/renew", ToJson(RenewRequest{other.csr}), "", other.key).status, 401);
}

}  // namespace
}  // namespace vdiwatch::collector
