#include "tests/policy/policy_text.h"

#include <gtest/gtest.h>

namespace vdiwatch::policy {

PolicySet GoodSet(std::string_view text) {
  auto set = RequireGood(LoadPolicy({{"p.yaml", std::string(text)}}));
  EXPECT_TRUE(set) << (set ? "" : set.error().message);
  return set ? *set : PolicySet();
}

std::string PackOf(std::string_view body) {
  return "pack: p\nrules:\n  - id: r\n" + std::string(body);
}

Rule RuleOf(std::string_view body) {
  PolicySet set = GoodSet(PackOf(body));
  return set.packs.empty() ? Rule() : set.packs.front().rules.front();
}

std::string MistakesIn(const std::vector<PolicyFile>& files) {
  std::string lines;
  const Time at = *ParseTime("2026-11-22T12:00:00Z");
  for (const auto& finding : LintPolicy(LoadPolicy(files), at)) lines += ToString(finding) + "\n";
  return lines;
}

std::string MistakesIn(std::string_view text) {
  return MistakesIn({{"p.yaml", std::string(text)}});
}

}  // namespace vdiwatch::policy
