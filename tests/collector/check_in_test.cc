#include "collector/check_in.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "report/fact_set.h"

namespace vdiwatch::collector {
namespace {

const Time kNow = FromUnix(1'800'000'000);

class CheckInTest : public testing::Test {
 protected:
  CheckInTest() {
    request_.agent_version = "0.1.0";
    request_.os = "windows";
    request_.boot_id = "boot-1";
    request_.sequence = 1;
    request_.sent_at = kNow;
    request_.canary = {"canary-1", kNow - Seconds(60), 1};
    request_.claims.host_name = "fin-01";
    request_.claims.smbios_uuid = "4c4c4544-0042-3510-8054-b2c04f4e3731";
    request_.facts = Facts{{"platform.kind", Known("vmware")}};
    request_.facts_digest = FactSetDigest(*request_.facts);
    known_.incarnation.emplace();
    known_.incarnation->boot_id = "boot-1";
    known_.incarnation->claims = request_.claims;
    known_.desktop.emplace();
    known_.desktop->id = 7;
  }

  CheckedIn Apply() {
    auto result = ApplyCheckIn(request_, known_, kNow);
    EXPECT_TRUE(result) << result.error().message;
    return std::move(result).value();
  }

  // What was applied is what the store knows next.
  void Settle(const CheckedIn& result) {
    known_.incarnation = result.incarnation;
    known_.desktop = result.desktop;
    known_.has_facts = true;
    request_.facts.reset();
    ++request_.sequence;
  }

  void Reboot(std::string boot_id, Canary canary) {
    request_.boot_id = std::move(boot_id);
    request_.sequence = 1;
    request_.canary = std::move(canary);
  }

  CheckInRequest request_;
  KnownIncarnation known_;
};

TEST_F(CheckInTest, TheFirstOneIsAChange) {
  auto result = Apply();
  EXPECT_TRUE(result.changed);
  EXPECT_TRUE(result.need.empty());
  EXPECT_EQ(result.desktop.claims.host_name, "fin-01");
  EXPECT_EQ(result.desktop.last_seen, kNow);
}

TEST_F(CheckInTest, NothingNewTouchesOnly) {
  Settle(Apply());
  auto result = Apply();
  EXPECT_FALSE(result.changed);
  EXPECT_FALSE(result.repeated);
}

TEST_F(CheckInTest, ARepeatHasNoEffect) {
  Settle(Apply());
  request_.sequence = 1;
  request_.claims.host_name = "fin-01";
  request_.state = {{"docker_desktop.instances", Known(FactValue(std::int64_t{2}))}};
  auto result = Apply();
  EXPECT_TRUE(result.repeated);
  EXPECT_FALSE(result.changed);
  EXPECT_TRUE(result.desktop.state.empty());
}

TEST_F(CheckInTest, ANumberOutOfReachIsRefused) {
  Settle(Apply());
  request_.sequence = 1 + kMostSkipped;
  EXPECT_FALSE(Apply().repeated);
  request_.sequence = (std::int64_t{1} << 53) - 10;
  auto refused = ApplyCheckIn(request_, known_, kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(refused.error().message,
            "check-in: sequence 9007199254740982 is more than 1000000 above the one held here, 1");
}

TEST_F(CheckInTest, AsksForWhatIsNotKnown) {
  request_.facts.reset();
  request_.readings_digest = DigestText("{}");
  EXPECT_EQ(Apply().need, (std::vector<std::string>{"facts", "readings"}));
}

TEST_F(CheckInTest, FactsMustBeThoseOfTheirDigest) {
  request_.facts_digest = DigestText("something else");
  EXPECT_EQ(ApplyCheckIn(request_, known_, kNow).error().message,
            "check-in: 'facts' are not those of 'facts_digest'");
}

TEST_F(CheckInTest, ABootThatTheCanarySurvivedIsCounted) {
  Settle(Apply());
  Reboot("boot-2", {"canary-1", kNow - Seconds(60), 2});
  auto result = Apply();
  EXPECT_EQ(result.desktop.boots, (policy::BootHistory{1, 0, 0}));
  EXPECT_TRUE(result.changed);
  ASSERT_EQ(result.events.size(), 1u);
  EXPECT_EQ(result.events[0].kind, "boot_survived");
}

TEST_F(CheckInTest, ABootWithAFreshCanaryIsAReset) {
  Settle(Apply());
  Reboot("boot-2", {"canary-2", kNow, 1});
  EXPECT_EQ(Apply().desktop.boots, (policy::BootHistory{0, 1, 1}));
}

TEST_F(CheckInTest, AProvisionalIncarnationsBootsAreNotYetTheDesktops) {
  Settle(Apply());
  known_.incarnation->state = IncarnationState::kProvisional;
  Reboot("boot-2", {"canary-2", kNow, 1});
  EXPECT_EQ(Apply().desktop.boots, (policy::BootHistory{0, 0, 0}));
}

TEST_F(CheckInTest, GoodbyeIsOffAndTheNextWordIsLive) {
  Settle(Apply());
  request_.goodbye = true;
  auto off = Apply();
  EXPECT_EQ(off.desktop.presence, Presence::kOff);
  EXPECT_TRUE(off.changed);
  Settle(off);
  request_.goodbye = false;
  EXPECT_EQ(Apply().desktop.presence, Presence::kLive);
}

TEST_F(CheckInTest, AClonedIdentityIsToldToEnrolAnew) {
  Settle(Apply());
  request_.claims.host_name = "fin-02";
  request_.claims.smbios_uuid = "4c4c4544-0042-3510-8054-b2c04f4e3732";
  auto result = Apply();
  EXPECT_EQ(result.need, std::vector<std::string>{"enrol"});
  EXPECT_EQ(result.incarnation.state, IncarnationState::kCloned);
  EXPECT_EQ(result.desktop.duplicate, "cloned_identity");
  EXPECT_EQ(result.desktop.claims.host_name, "fin-01");
  Settle(result);
  EXPECT_EQ(Apply().need, std::vector<std::string>{"enrol"});
}

TEST_F(CheckInTest, ABootThatWasOverIsAnotherMachine) {
  Settle(Apply());
  Reboot("boot-2", {"canary-1", kNow - Seconds(60), 2});
  Settle(Apply());
  Reboot("boot-1", {"canary-1", kNow - Seconds(60), 1});
  EXPECT_EQ(Apply().incarnation.state, IncarnationState::kCloned);
}

TEST_F(CheckInTest, TheMarkOfAClonedKeyGoesWithTheFirstBootOfItsOwn) {
  known_.desktop->duplicate = "cloned_identity";
  Settle(Apply());
  EXPECT_EQ(known_.desktop->duplicate, "cloned_identity") << "still the boot it enrolled in";
  Reboot("boot-2", {"canary-1", kNow - Seconds(60), 2});
  EXPECT_EQ(Apply().desktop.duplicate, "none");
}

TEST_F(CheckInTest, ASnapshotThatWasPutBackIsRecognised) {
  Settle(Apply());
  Reboot("boot-2", {"canary-1", kNow - Seconds(60), 9});
  Settle(Apply());
  Reboot("boot-3", {"canary-1", kNow - Seconds(60), 4});
  auto result = Apply();
  EXPECT_EQ(result.desktop.boots, (policy::BootHistory{1, 1, 1}));
  ASSERT_EQ(result.events.size(), 1u);
  EXPECT_EQ(result.events[0].kind, "restored");
  Settle(result);
  Reboot("boot-4", {"canary-1", kNow - Seconds(60), 5});
  EXPECT_EQ(Describe(policy::ObservedPersistence(Apply().desktop.boots)), "persistent");
}

TEST_F(CheckInTest, ARevokedIncarnationIsDenied) {
  known_.incarnation->state = IncarnationState::kRevoked;
  EXPECT_EQ(ApplyCheckIn(request_, known_, kNow).error().kind, ErrorKind::kDenied);
}

}  // namespace
}  // namespace vdiwatch::collector
