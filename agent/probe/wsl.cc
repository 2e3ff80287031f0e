#include <algorithm>
#include <compare>

#include "agent/probe/docker_desktop.h"
#include "agent/probe/subjects.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

// Written by WSL's MSI and Store package (microsoft/WSL src/windows/common/wslutil.cpp).
constexpr auto kPackage =
    "registry:HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Lxss\\Msi@Version";
constexpr auto kDefaultVersion =
    "registry:HKU\\*\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Lxss@DefaultVersion";
// 0 forbids the product, or the one that comes with Windows (microsoft/WSL
// src/windows/inc/wslpolicies.h).
constexpr auto kPolicy = "registry:HKLM\\SOFTWARE\\Policies\\WSL@AllowWSL";
constexpr auto kInboxPolicy = "registry:HKLM\\SOFTWARE\\Policies\\WSL@AllowInboxWSL";

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
    if (!number || (number->number != 1 && number->number != 2)) {
      if (!std::holds_alternative<MissingReading>(*reading)) look.Fail();
      continue;
    }
    lowest = std::min(lowest.value_or(number->number), number->number);
  }
  bool all_read = !look.HasTrouble();
  return lowest && (all_read || *lowest == 1) ? look.Answer(*lowest) : look.NoAnswer();
}

std::optional<bool> IsEnabled(Look& look, const Facts& facts, std::string_view key) {
  const Fact& fact = FactOf(facts, key);
  look.AddSources(fact.sources);
  if (fact.value()) return fact.AsText() == "enabled";
  return fact.missing() && *fact.missing() == Missing::kAbsent ? std::optional(false)
                                                               : std::nullopt;
}

// Whether the service is there and may be started.
std::optional<bool> MayStart(Look& look, std::string_view service) {
  const StateReading* state = look.State(service);
  return state ? std::optional(state->start != "disabled") : look.Exists(service);
}

// WSL 2 came with Windows 10 1903, build 18362 (Microsoft, "Manual installation steps for older
// versions of WSL").
std::optional<bool> KnowsWsl2(Look& look, const Facts& facts) {
  const Fact& build = FactOf(facts, "os.build");
  look.AddSources(build.sources);
  auto text = build.AsText();
  if (!text) return std::nullopt;
  return CompareVersions(*text, "18362") != std::strong_ordering::less;
}

// The package, or what comes with Windows where that is not forbidden.
std::optional<bool> Installed(Look& look, const Facts& facts) {
  constexpr auto kService = "service:WSLService";
  auto startable = MayStart(look, kService);
  bool disabled = startable == false && look.Exists(kService) == true;
  auto package = disabled ? std::optional(false) : AnyOf({look.Exists(kPackage), startable});
  auto inbox = IsEnabled(look, facts, "feature.wsl");
  bool asked = look.evidence().items.contains(kInboxPolicy);
  if (asked && look.Number(kInboxPolicy) == 0) inbox = false;
  if (inbox == true && look.Closed(kInboxPolicy)) inbox = std::nullopt;
  return AnyOf({package, inbox});
}

// The package is enough: a WSL from the Store runs with the old optional feature switched off.
Fact Usable(const Evidence& evidence, const Facts& facts) {
  Look look(evidence);
  auto installed = Installed(look, facts);
  // The host compute service comes with the feature, after the restart that it needs.
  auto platform = AllOf({IsEnabled(look, facts, "feature.virtual_machine_platform"),
                         MayStart(look, "service:vmcompute")});
  auto policy = look.Number(kPolicy);
  auto allowed = policy                          ? std::optional(*policy != 0)
                 : look.Exists(kPolicy) == false ? std::optional(true)
                                                 : std::nullopt;
  const Fact& nested = FactOf(facts, "nested_virtualization.available");
  look.AddSources(nested.sources);
  auto usable = AllOf({installed, platform, allowed, KnowsWsl2(look, facts), nested.AsBool()});
  if (usable) return look.Answer(*usable);
  Fact reason = look.NoAnswer();
  // Something was read, whatever the single reasons: it did not decide.
  return *reason.missing() == Missing::kAbsent ? look.Without(Missing::kUndetermined) : reason;
}

// Why a fact that stands on others is not known: the gravest of their reasons.
Fact NoAnswerOver(const Look& look, const Facts& facts,
                  std::initializer_list<std::string_view> keys) {
  for (Missing why : {Missing::kDenied, Missing::kFailed, Missing::kNotGathered}) {
    for (std::string_view key : keys) {
      const Missing* missing = FactOf(facts, key).missing();
      if (missing && *missing == why) return look.Without(why);
    }
  }
  return look.Without(Missing::kUndetermined);
}

// Whether the installation has Windows containers; it does unless it was told otherwise.
std::optional<bool> LeavesThemIn(Look& look) {
  auto left_out = InstallSettings(look).no_windows_containers;
  return look.HasTrouble() ? std::nullopt : std::optional(left_out != true);
}

// Docker's Windows containers need both features and an installation that did not leave them out
// (docker/docs windows-install.md).
Fact WindowsContainers(const Evidence& evidence, const Facts& facts) {
  constexpr std::string_view kContainers = "feature.containers", kHyperV = "feature.hyper_v",
                             kNested = "nested_virtualization.available";
  Look look(evidence);
  auto usable = AllOf({IsEnabled(look, facts, kContainers), IsEnabled(look, facts, kHyperV),
                       FactOf(facts, kNested).AsBool(), LeavesThemIn(look)});
  look.AddSources(FactOf(facts, kNested).sources);
  return usable ? look.Answer(*usable) : NoAnswerOver(look, facts, {kContainers, kHyperV, kNested});
}

}  // namespace

void ProbeWsl(const Evidence& evidence, Facts& facts) {
  if (evidence.os != "windows") return;
  facts["wsl.version"] = Version(evidence);
  facts["wsl.default_version"] = DefaultVersion(evidence);
  facts["wsl.usable"] = Usable(evidence, facts);
  facts["windows_containers.usable"] = WindowsContainers(evidence, facts);
}

}  // namespace vdiwatch::agent
