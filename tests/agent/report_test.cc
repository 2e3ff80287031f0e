#include "agent/report.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "report/fact_set.h"
#include "tests/agent/authority.h"

namespace vdiwatch::agent {
namespace {

RawClaims Machine() {
  RawClaims raw;
  raw.host_name = " FIN-001 ";
  raw.domain = "CORP.Example";
  raw.smbios_uuid = "4C4C4544-0051-3010-8052-B4C04F4D3132";
  raw.mac_addresses = {"00:50:56:AA:BB:CC", "00-50-56-aa-bb-cc", "00:50:56:00:00:01"};
  return raw;
}

Evidence Vmware() {
  Evidence evidence;
  evidence.os = "windows";
  evidence.items["smbios:system.manufacturer"] = TextReading{"VMware, Inc."};
  evidence.items["smbios:system.product"] = TextReading{"VMware20,1"};
  evidence.items["cpuid:1"] = CpuidReading{0, 0, 0x80000000, 0};
  evidence.items["cpuid:40000000"] = CpuidReading{0x40000010, 0x61774d56, 0x4d566572, 0x65726177};
  evidence.items["processes"] = ProcessesReading{};
  return evidence;
}

TEST(ReportTest, ClaimsAreOneSpellingAndNoAddresses) {
  Claims claims = MakeClaims(Machine(), "key");
  EXPECT_EQ(claims.host_name, "fin-001");
  EXPECT_EQ(claims.domain, "corp.example");
  EXPECT_EQ(claims.smbios_uuid, "4c4c4544-0051-3010-8052-b4c04f4d3132");
  ASSERT_EQ(claims.mac_digests.size(), 2u) << "one address in two spellings is one";
  EXPECT_TRUE(std::is_sorted(claims.mac_digests.begin(), claims.mac_digests.end()));
  EXPECT_EQ(std::count(claims.mac_digests.begin(), claims.mac_digests.end(),
                       Hex(HmacSha256("key", "005056aabbcc"))),
            1);
  EXPECT_NE(MakeClaims(Machine(), "another fleet").mac_digests, claims.mac_digests);
}

TEST(ReportTest, PlaceholderUuidsSayNothing) {
  RawClaims raw = Machine();
  raw.smbios_uuid = "03000200-0400-0500-0006-000700080009";
  EXPECT_EQ(MakeClaims(raw, "key").smbios_uuid, "");
}

TEST(ReportTest, AFleetSharesTheKeyOfItsCa) {
  Authority one, other;
  EXPECT_EQ(*FleetKey(one.certificate()), *FleetKey(one.certificate() + "\n"));
  EXPECT_NE(*FleetKey(one.certificate()), *FleetKey(other.certificate()));
  EXPECT_FALSE(FleetKey("no certificate"));
}

TEST(ReportTest, ACheckInCarriesDigestsUntilAsked) {
  Observation seen = Observe(Vmware(), MakeClaims(Machine(), "key"), "boot-a",
                             {.id = "c", .created_at = FromUnix(1), .boots = 2});
  EXPECT_EQ(FactOf(seen.facts, "platform.kind").AsText(), "vmware");
  CheckInRequest request = MakeCheckIn(seen);
  EXPECT_EQ(request.facts_digest, FactSetDigest(seen.facts));
  EXPECT_EQ(request.readings_digest, DigestText(CanonicalJson(seen.readings)));
  EXPECT_EQ(request.boot_id, "boot-a");
  EXPECT_EQ(request.canary.boots, 2);
  EXPECT_TRUE(request.state.contains("docker_desktop.instances"));
  EXPECT_FALSE(request.state.contains("platform.kind"));
  EXPECT_FALSE(request.facts || request.readings);

  CheckInRequest full = WithBodies(request, seen, {"facts", "readings"});
  ASSERT_TRUE(full.facts && full.readings);
  EXPECT_EQ(FactSetDigest(*full.facts), request.facts_digest);
  EXPECT_FALSE(full.facts->contains("docker_desktop.instances")) << "state goes inline";
  auto parsed = [&] {
    full.sequence = 1;
    return ParseCheckInRequest(ToJson(full).dump());
  }();
  ASSERT_TRUE(parsed) << parsed.error().message;
}

TEST(ReportTest, NoticesWhatACollectorWouldJudgeDifferently) {
  Observation seen = Observe(Vmware(), MakeClaims(Machine(), "key"), "boot-a", {"c", {}, 1});
  std::string before = ContentDigest(MakeCheckIn(seen));
  Observation later = seen;
  later.boot_id = "boot-b";
  later.canary.boots = 2;
  EXPECT_EQ(ContentDigest(MakeCheckIn(later)), before) << "a boot is no change of state";
  later.facts["docker_desktop.instances"] = Known(FactValue(std::int64_t{2}));
  EXPECT_NE(ContentDigest(MakeCheckIn(later)), before);
  later = seen;
  later.claims.host_name = "fin-002";
  EXPECT_NE(ContentDigest(MakeCheckIn(later)), before);
}

}  // namespace
}  // namespace vdiwatch::agent
