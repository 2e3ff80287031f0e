#include <gtest/gtest.h>

#include "policy/evaluate.h"
#include "tests/policy/policy_text.h"

namespace vdiwatch::policy {
namespace {

std::string Why(std::string_view body, const Facts& facts, const PoolAttributes& pool = {}) {
  return EvaluateRule(RuleOf(body), facts, pool).why;
}

constexpr auto kHypervisor =
    "    applies_when: {platform.role: guest}\n"
    "    require: {platform.kind: {in: [vmware, azure]}}\n"
    "    conditions:\n"
    "      - {when: {platform.kind: nutanix_ahv, wsl.usable: true}, grade: conditional, because: "
    "Ask Nutanix.}\n";

Facts Guest(Fact kind) {
  return {{"platform.role", Known("guest")}, {"platform.kind", std::move(kind)}};
}

TEST(Explain, SaysThatAWordIsUnheardOf) {
  const Facts facts = Guest(Known("firecracker"));
  EXPECT_EQ(Why("    require: {platform.kind: {ne: vmware}}\n", facts),
            "The desktop runs on 'firecracker', a word that this release does not know "
            "(platform.kind = firecracker); expected not VMware.");
  EXPECT_EQ(Why("    require: {platform.kind: {present: true}}\n", facts),
            "The desktop runs on firecracker (platform.kind = firecracker), as it should be.");
}

TEST(Explain, EachOutcomeHasItsSentence) {
  EXPECT_EQ(Why(kHypervisor, Guest(Known("vmware"))),
            "The desktop runs on VMware (platform.kind = vmware), as it should be.");
  EXPECT_EQ(
      Why(kHypervisor, Guest(Known("xen_server"))),
      "The desktop runs on Citrix Hypervisor/XenServer (platform.kind = xen_server); expected "
      "VMware or Azure.");
  EXPECT_EQ(Why(kHypervisor, Guest(Unknown(Missing::kDenied))),
            "The hypervisor is not known: access was denied (platform.kind); expected VMware or "
            "Azure.");
  EXPECT_EQ(Why(kHypervisor, {{"platform.role", Known("host")}}),
            "This does not apply: the machine is a physical machine (platform.role = host).");
  EXPECT_EQ(
      Why(kHypervisor, {}),
      "Whether this applies is open, because whether this is a virtual machine is not known: it "
      "was not read (platform.role).");
  Facts nutanix = Guest(Known("nutanix_ahv"));
  EXPECT_EQ(
      Why(kHypervisor, nutanix),
      "The desktop runs on Nutanix AHV (platform.kind = nutanix_ahv), and whether WSL 2 works "
      "is not known: it was not read (wsl.usable); expected VMware or Azure.");
  nutanix["wsl.usable"] = Known(true);
  EXPECT_EQ(Why(kHypervisor, nutanix),
            "The desktop runs on Nutanix AHV (platform.kind = nutanix_ahv): Ask Nutanix.");
  EXPECT_EQ(Why("    require: {wsl.usable: true}\n", {{"os.family", Known("linux")}}),
            "This does not apply: the operating system is Linux, and the rule is about Windows "
            "(os.family = linux).");
}

TEST(Explain, AbsentFactsReadAsNo) {
  Facts facts = {{"wsl.usable", Unknown(Missing::kAbsent)},
                 {"azure.vm_size", Unknown(Missing::kAbsent)}};
  EXPECT_EQ(Why("    require: {wsl.usable: true}\n", facts),
            "WSL 2 does not work (wsl.usable = absent); expected yes.");
  EXPECT_EQ(Why("    require: {azure.vm_size: {matches: D4}}\n", facts),
            "The size of the Azure VM was looked for and is not there (azure.vm_size); expected "
            "like 'D4'.");
}

TEST(Explain, ARuleSaysWhatItExpectsInItsOwnWords) {
  EXPECT_EQ(Why("    require: {pool.license: docker_business}\n"
                "    expects: only Docker Business is supported\n",
                {}, {{"license", "docker_team"}}),
            "The pool's license is docker_team (pool.license = docker_team); only Docker Business "
            "is supported.");
}

struct Sides {
  std::string expected, actual;
  bool operator==(const Sides&) const = default;
  friend void PrintTo(const Sides& sides, std::ostream* out) {
    *out << sides.expected << " | " << sides.actual;
  }
};
Sides SidesOf(std::string_view require, const Facts& facts) {
  auto verdict = EvaluateRule(RuleOf("    require: " + std::string(require) + "\n"), facts, {});
  return {verdict.expected, verdict.actual};
}

TEST(Explain, NamesTheDecisivePartAlone) {
  Facts facts = {{"platform.kind", Known("kvm")},
                 {"wsl.usable", Known(false)},
                 {"feature.hyper_v", Known("disabled")},
                 {"cpu.logical_processors", Known(std::int64_t{2})},
                 {"memory.total_mib", Known(std::int64_t{4096})}};
  EXPECT_EQ(SidesOf("{platform.kind: kvm, cpu.logical_processors: {ge: 4}, memory.total_mib: {ge: "
                    "8192}}",
                    facts),
            (Sides{"at least 4", "2"}));
  EXPECT_EQ(SidesOf("{any: [{wsl.usable: true}, {feature.hyper_v: enabled}]}", facts),
            (Sides{"WSL 2 works or the Windows feature Hyper-V is enabled", "no"}));
  EXPECT_EQ(SidesOf("{not: {platform.kind: {in: [kvm, qemu]}}}", facts),
            (Sides{"not KVM or QEMU", "KVM"}));
  EXPECT_EQ(SidesOf("{not: {any: [{wsl.usable: true}, {cpu.logical_processors: {lt: 4}}]}}", facts),
            (Sides{"at least 4", "2"}));
  EXPECT_EQ(SidesOf("{os.name: Windows 11}", facts),
            (Sides{"Windows 11", "not known: it was not read"}));
}

TEST(Explain, ListsTheFactsDecisiveFirst) {
  auto verdict = EvaluateRule(RuleOf("    applies_when: {platform.role: guest}\n"
                                     "    require: {wsl.usable: true, os.multi_session: false}\n"),
                              {{"platform.role", Known("guest")},
                               {"wsl.usable", Known(true)},
                               {"os.multi_session", Known(true)}},
                              {});
  EXPECT_EQ(verdict.facts,
            (std::vector<std::string>{"os.multi_session", "wsl.usable", "platform.role"}));
}

}  // namespace
}  // namespace vdiwatch::policy
