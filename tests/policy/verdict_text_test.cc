#include "policy/verdict_text.h"

#include <gtest/gtest.h>

#include "policy/policy_set.h"

namespace vdiwatch::policy {
namespace {

TEST(VerdictText, IsTheJsonByteForByte) {
  const PolicySet set = RequireGood(LoadPolicy({BuiltInPack()})).value();
  for (const char* platform : {"vmware", "xen_server", "un\"heard\\of", "größer\n\x01"}) {
    const Facts facts = {{"platform.kind", Known(platform)},
                         {"platform.role", Known("guest")},
                         {"os.family", Known("windows")},
                         {"memory.total_mib", Known(FactValue(std::int64_t{16'384}))},
                         {"wsl.usable", Known(FactValue(true))},
                         {"persistence.verdict", Unknown(Missing::kDenied)}};
    const Verdict verdict = Evaluate(set, facts, {}, FromUnix(1'800'000'000));
    EXPECT_EQ(VerdictText(verdict, facts), VerdictToJson(verdict, facts).dump());
  }
}

TEST(VerdictText, NothingIsLeftOutWhereThereIsNothing) {
  Verdict verdict;
  EXPECT_EQ(VerdictText(verdict, {}), VerdictToJson(verdict, {}).dump());
  verdict.rules.emplace_back();
  EXPECT_EQ(VerdictText(verdict, {}), VerdictToJson(verdict, {}).dump());
  verdict.rules.back().excuse = Excuse{"w-1", Grade::kNoncompliant, "Waived by \"jane\"."};
  EXPECT_EQ(VerdictText(verdict, {}), VerdictToJson(verdict, {}).dump());
}

}  // namespace
}  // namespace vdiwatch::policy
