#include "collector/identify.h"

#include <gtest/gtest.h>

namespace vdiwatch::collector {
namespace {

constexpr std::int64_t kPool = 1;
const Time kNow = FromUnix(1'800'000'000);
const Time kSilentBefore = kNow - Seconds(1800);

Claims Machine(std::string host, std::string uuid) {
  Claims claims;
  claims.host_name = std::move(host);
  claims.domain = "corp.example";
  claims.smbios_uuid = std::move(uuid);
  return claims;
}

Incarnation Speaking(const Claims& claims, std::string boot_id, Time last_seen) {
  Incarnation incarnation;
  incarnation.id = 11;
  incarnation.desktop_id = 7;
  incarnation.claims = claims;
  incarnation.boot_id = std::move(boot_id);
  incarnation.last_seen = last_seen;
  return incarnation;
}

Candidate Seat(const Claims& claims, std::vector<Incarnation> incarnations) {
  Candidate candidate;
  candidate.desktop.id = 7;
  candidate.desktop.pool_id = kPool;
  candidate.desktop.claims = claims;
  candidate.desktop.slot = SlotOf(claims);
  candidate.incarnations = std::move(incarnations);
  return candidate;
}

const Claims kDesk = Machine("fin-01", "u1");

Identified Enrols(const Claims& claims, const Candidate& candidate, std::int64_t pool = kPool) {
  return IdentifyEnrolment(claims, "boot-2", pool, {candidate}, kSilentBefore);
}

TEST(Slot, PrefersTheDomainThenWhatTheCloudGave) {
  Claims claims;
  EXPECT_EQ(SlotOf(claims), "");
  claims.host_name = "fin-01";
  EXPECT_EQ(SlotOf(claims), "host:fin-01");
  claims.smbios_uuid = "00000000-0000-0000-0000-000000000000";
  EXPECT_EQ(SlotOf(claims), "host:fin-01");
  claims.smbios_uuid = "4c4c4544-0042-3510-8054-b4c04f4d5131";
  EXPECT_EQ(SlotOf(claims), "uuid:4c4c4544-0042-3510-8054-b4c04f4d5131");
  claims.cloud_vm_id = "vm-1";
  EXPECT_EQ(SlotOf(claims), "vm:vm-1");
  claims.entra_device = "device-1";
  EXPECT_EQ(SlotOf(claims), "entra:/device-1");
  claims.domain = "corp.example";
  EXPECT_EQ(SlotOf(claims), "domain:corp.example/fin-01");
}

TEST(Enrolment, NobodyThereIsNew) {
  EXPECT_EQ(IdentifyEnrolment(kDesk, "b", kPool, {}, kSilentBefore).kind, Identification::kNew);
}

TEST(Enrolment, SameMachineAfterARebootSucceeds) {
  auto who = Enrols(kDesk, Seat(kDesk, {Speaking(kDesk, "boot-1", kNow)}));
  EXPECT_EQ(who.kind, Identification::kSuccessor);
  EXPECT_EQ(who.desktop_id, 7);
}

TEST(Enrolment, SilentOrGoneIncarnationsDoNotDefendTheirSlot) {
  Claims rebuilt = Machine("fin-01", "u2");
  EXPECT_EQ(Enrols(rebuilt, Seat(kDesk, {})).kind, Identification::kSuccessor);
  auto silent = Seat(kDesk, {Speaking(kDesk, "boot-1", kSilentBefore - Seconds(1))});
  EXPECT_EQ(Enrols(rebuilt, silent).kind, Identification::kSuccessor);
  auto off = Seat(kDesk, {Speaking(kDesk, "boot-1", kNow)});
  off.desktop.presence = Presence::kOff;
  EXPECT_EQ(Enrols(rebuilt, off).kind, Identification::kSuccessor);
}

TEST(Enrolment, AnotherMachineUnderALiveNameIsOnlyProvisional) {
  auto who = Enrols(Machine("fin-01", "u2"), Seat(kDesk, {Speaking(kDesk, "boot-1", kNow)}));
  EXPECT_EQ(who.kind, Identification::kProvisional);
  EXPECT_EQ(who.desktop_id, 7);
}

TEST(Enrolment, NobodyTakesASlotOfAnotherPool) {
  auto live = Seat(kDesk, {Speaking(kDesk, "boot-1", kNow)});
  EXPECT_EQ(Enrols(kDesk, live, kPool + 1).kind, Identification::kNameCollision);
  auto silent = Seat(kDesk, {Speaking(kDesk, "boot-1", kSilentBefore - Seconds(1))});
  EXPECT_EQ(Enrols(kDesk, silent, kPool + 1).kind, Identification::kNew);
}

TEST(Enrolment, AUuidAloneIsNoIdentityWhereThereIsADomain) {
  auto who = Enrols(Machine("fin-02", "u1"), Seat(kDesk, {Speaking(kDesk, "boot-1", kNow)}));
  EXPECT_EQ(who.kind, Identification::kNew);
}

struct CheckInCase {
  const char* name;
  Claims claims;
  const char* boot;
  Identification expect;
};

Claims WithCards(Claims claims, std::vector<std::string> cards) {
  claims.mac_digests = std::move(cards);
  return claims;
}

class CheckInIdentity : public testing::TestWithParam<CheckInCase> {};

TEST_P(CheckInIdentity, FollowsFromWhatChanged) {
  auto before = Speaking(WithCards(kDesk, {"m1"}), "boot-1", kNow);
  EXPECT_EQ(IdentifyCheckIn(before, GetParam().claims, GetParam().boot).kind, GetParam().expect);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, CheckInIdentity,
    testing::Values(
        CheckInCase{"unchanged", kDesk, "boot-1", Identification::kSame},
        CheckInCase{"rebooted", kDesk, "boot-2", Identification::kSame},
        CheckInCase{"renamed", Machine("fin-99", "u1"), "boot-2", Identification::kRenamed},
        CheckInCase{"renamed_without_reboot", Machine("fin-99", "u1"), "boot-1",
                    Identification::kRenamed},
        CheckInCase{"moved_to_a_new_uuid", Machine("fin-01", "u2"), "boot-2",
                    Identification::kSame},
        CheckInCase{"forked_in_memory", Machine("fin-01", "u2"), "boot-1",
                    Identification::kClonedIdentity},
        CheckInCase{"cloned", Machine("fin-02", "u2"), "boot-2", Identification::kClonedIdentity},
        CheckInCase{"cloned_without_uuids", WithCards(Machine("fin-02", ""), {"m2"}), "boot-2",
                    Identification::kClonedIdentity},
        CheckInCase{"renamed_without_uuids", WithCards(Machine("fin-02", ""), {"m1", "m2"}),
                    "boot-2", Identification::kRenamed}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace vdiwatch::collector
