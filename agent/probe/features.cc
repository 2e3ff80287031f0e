#include <algorithm>
#include <string>
#include <vector>

#include "agent/probe/look.h"
#include "agent/probe/subjects.h"

namespace vdiwatch::agent {
namespace {

// Names of optional features, client editions first, then Windows Server's.
// Source: Win32_OptionalFeature (win32-optionalfeature.md); osquery windows_optional_features.
struct FeatureRule {
  std::string_view key;
  std::vector<std::string_view> names;
  std::string_view service;  // exists exactly where the feature is on; empty if none tells
};

Fact FeatureState(const Evidence& evidence, const FeatureRule& rule) {
  Look look(evidence);
  bool disabled = false, unclear = false;
  for (std::string_view name : rule.names) {
    const StateReading* feature = look.State("feature:" + std::string(name));
    if (feature && feature->state == "enabled") return look.Answer("enabled");
    disabled = disabled || (feature && feature->state == "disabled");
    unclear = unclear || (feature && feature->state != "disabled" && feature->state != "absent");
  }
  if (disabled && !unclear) return look.Answer("disabled");
  if (!rule.service.empty()) {
    if (look.Exists("service:" + std::string(rule.service)) == true) return look.Answer("enabled");
  }
  return look.NoAnswer();
}

}  // namespace

void ProbeFeatures(const Evidence& evidence, Facts& facts) {
  if (evidence.os != "windows") return;
  static const FeatureRule kRules[] = {
      {"feature.wsl", {"Microsoft-Windows-Subsystem-Linux"}, ""},
      {"feature.virtual_machine_platform", {"VirtualMachinePlatform"}, ""},
      {"feature.hyper_v",
       {"Microsoft-Hyper-V-All", "Microsoft-Hyper-V", "Microsoft-Hyper-V-Hypervisor"},
       "vmms"},
      {"feature.hypervisor_platform", {"HypervisorPlatform"}, ""},
      {"feature.containers", {"Containers"}, ""},
  };
  for (const FeatureRule& rule : kRules) {
    facts[std::string(rule.key)] = FeatureState(evidence, rule);
  }
}

}  // namespace vdiwatch::agent
