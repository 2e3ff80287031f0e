#include <algorithm>

#include "agent/probe/look.h"
#include "agent/probe/subjects.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

// Written by WSL's MSI and Store package (microsoft/WSL src/windows/common/wslutil.cpp).
constexpr auto kPackage =
    "registry:HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Lxss\\Msi@Version";
constexpr auto kDefaultVersion =
    "registry:HKU\\*\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Lxss@DefaultVersion";
// 0 forbids the product (microsoft/WSL src/windows/inc/wslpolicies.h).
constexpr auto kPolicy = "registry:HKLM\\SOFTWARE\\Policies\\WSL@AllowWSL";

Fact Version(const Evidence& evidence) {
  Look look(evidence);
  auto version = look.Text(kPackage);
  if (version && IsVersion(*version)) return look.Answer(std::string(*version));
  return look.NoAnswer();
}

// The lowest over users: one user on WSL 1 is what a rule must see.
Fact DefaultVersion(const Evidence& evidence) {
  Look look(evidence);
  std::optional<std::int64_t> lowest;
  for (const auto& [locator, reading] : look.All(kDefaultVersion)) {
    const auto* number = std::get_if<NumberReading>(reading);
    if (!number || (number->number != 1 && number->number != 2)) continue;
    lowest = std::min(lowest.value_or(number->number), number->number);
  }
  return lowest ? look.Answer(*lowest) : look.NoAnswer();
}

std::optional<bool> IsEnabled(Look& look, const Facts& facts, std::string_view key) {
  const Fact& fact = FactOf(facts, key);
  look.AddSources(fact.sources);
  if (fact.value()) return fact.AsText() == "enabled";
  return fact.missing() && *fact.missing() == Missing::kAbsent ? std::optional(false)
                                                               : std::nullopt;
}

// The package is enough: a WSL from the Store runs with the old optional feature switched off.
Fact Usable(const Evidence& evidence, const Facts& facts) {
  Look look(evidence);
  auto installed = AnyOf({look.Exists(kPackage), look.Exists("service:WSLService"),
                          IsEnabled(look, facts, "feature.wsl")});
  // The host compute service comes with the feature, after the restart that it needs.
  auto platform = AllOf({IsEnabled(look, facts, "feature.virtual_machine_platform"),
                         look.Exists("service:vmcompute")});
  auto policy = look.Number(kPolicy);
  auto allowed = policy                          ? std::optional(*policy != 0)
                 : look.Exists(kPolicy) == false ? std::optional(true)
                                                 : std::nullopt;
  const Fact& nested = FactOf(facts, "nested_virtualization.available");
  look.AddSources(nested.sources);
  auto usable = AllOf({installed, platform, allowed, nested.AsBool()});
  if (usable) return look.Answer(*usable);
  Fact reason = look.NoAnswer();
  // Something was read, whatever the single reasons: it did not decide.
  return *reason.missing() == Missing::kAbsent ? look.Without(Missing::kUndetermined) : reason;
}

}  // namespace

void ProbeWsl(const Evidence& evidence, Facts& facts) {
  if (evidence.os != "windows") return;
  facts["wsl.version"] = Version(evidence);
  facts["wsl.default_version"] = DefaultVersion(evidence);
  facts["wsl.usable"] = Usable(evidence, facts);
}

}  // namespace vdiwatch::agent
