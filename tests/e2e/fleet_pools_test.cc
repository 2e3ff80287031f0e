#include <gtest/gtest.h>

#include <map>
#include <set>

#include "agent/probe/probe.h"
#include "policy/evaluate.h"
#include "policy/persistence.h"
#include "policy/policy_set.h"
#include "tests/load/fleet.h"
#include "tests/load/pool_model.h"

namespace vdiwatch::sim {
namespace {

const Time kNow = FromUnix(1'795'000'000);

// What the collector knows of a desktop of this pool after three boots.
Facts FactsOfDesktop(const PoolModel& pool, int number) {
  Facts facts = agent::Interpret(pool.machine(number).Record(kNow));
  policy::BootHistory boots;
  for (int boot = 0; boot < 2; ++boot) {
    boots = policy::Advance(boots,
                            pool.resets ? policy::BootEvent::kReset : policy::BootEvent::kSurvived);
  }
  policy::PersistenceSignals signals{.declared = FactOf(facts, "persistence.declared"),
                                     .observed = policy::ObservedPersistence(boots),
                                     .pool_pattern = Unknown(Missing::kNotGathered)};
  facts["persistence.verdict"] = policy::PersistenceVerdict(signals);
  facts["persistence.basis"] = policy::PersistenceBasis(signals);
  facts["persistence.observed"] = std::move(signals.observed);
  facts["identity.duplicate"] = Known("none");
  return facts;
}

std::map<policy::Grade, int> Judge(const PoolModel& pool) {
  auto set = policy::RequireGood(policy::LoadPolicy({policy::BuiltInPack()}));
  EXPECT_TRUE(set) << set.error().message;
  std::map<policy::Grade, int> grades;
  for (int number = 1; number <= pool.desktops; ++number) {
    auto verdict = policy::Evaluate(*set, FactsOfDesktop(pool, number),
                                    {{"license", "docker_business"}}, kNow);
    ++grades[verdict.grade];
  }
  return grades;
}

std::map<policy::Grade, int> JudgeNamed(std::string_view name) {
  const PoolModel* pool = FindPool(name);
  if (pool == nullptr) return {};
  return Judge(*pool);
}

using policy::Grade;
using Grades = std::map<Grade, int>;

TEST(FleetPoolsTest, AreJudgedAsTheQuickstartPromises) {
  EXPECT_EQ(JudgeNamed("finance-vmware"), (Grades{{Grade::kCompliant, 48}}));
  EXPECT_EQ(JudgeNamed("engineering-azure"), (Grades{{Grade::kCompliant, 36}}));
  EXPECT_EQ(JudgeNamed("citrix-xen"), (Grades{{Grade::kNoncompliant, 40}}));
  EXPECT_EQ(JudgeNamed("horizon-instant"), (Grades{{Grade::kNoncompliant, 60}}));
  EXPECT_EQ(JudgeNamed("nutanix-wsl2"),
            (Grades{{Grade::kConditional, 23}, {Grade::kNoncompliant, 1}}));
  EXPECT_EQ(JudgeNamed("vmware-no-nested"),
            (Grades{{Grade::kCompliant, 2}, {Grade::kNoncompliant, 28}}));
}

TEST(FleetPoolsTest, DesktopsAreTheSameInEveryRunAndNotTheSameAsEachOther) {
  std::set<std::string> uuids, names;
  int desktops = 0;
  for (const PoolModel& pool : FleetPools()) {
    EXPECT_GE(pool.desktops, 20);
    EXPECT_LE(pool.desktops, 60);
    for (int number = 1; number <= pool.desktops; ++number, ++desktops) {
      agent::RawClaims claims = ClaimsOf(pool, number);
      EXPECT_EQ(claims.smbios_uuid, ClaimsOf(pool, number).smbios_uuid);
      uuids.insert(claims.smbios_uuid);
      names.insert(claims.host_name);
    }
  }
  EXPECT_EQ(uuids.size(), static_cast<std::size_t>(desktops));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(desktops));
}

TEST(FleetPoolsTest, ReadTheirTokens) {
  auto tokens =
      ParseTokens("# made today\nfinance-vmware vdw_a\n\ncitrix-xen: vdw_b\r\n", "tokens");
  ASSERT_TRUE(tokens) << tokens.error().message;
  EXPECT_EQ(tokens->at("finance-vmware"), "vdw_a");
  EXPECT_EQ(tokens->at("citrix-xen"), "vdw_b");
  auto broken = ParseTokens("finance-vmware vdw_a\nlonely\n", "tokens");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().message, "tokens:2:1: must be a pool and its token");
}

}  // namespace
}  // namespace vdiwatch::sim
