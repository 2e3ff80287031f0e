#include <algorithm>
#include <string>
#include <vector>

#include "agent/probe/look.h"
#include "agent/probe/subjects.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

// A broker's agent serves this machine only while it runs: images often keep what is left of one.
// Sources: Citrix VDA (BrokerAgent), Horizon agent (WSNM), AVD (Azure/RDS-Templates),
// Nutanix Frame and WorkSpaces (EUCweb/BIS-F; AWS WorkSpaces administration guide).
struct BrokerRule {
  std::string_view broker;
  std::vector<std::string_view> services;   // any of them running
  std::string_view registered;              // must be 1 as well; empty if nothing tells
  std::vector<std::string_view> told = {};  // the broker's name; all empty: never registered
};

// The first that serves wins: Citrix and Horizon may stand on top of AVD, Windows 365 always does.
const std::vector<BrokerRule>& WindowsBrokers() {
  static const std::vector<BrokerRule> kRules = {
      {"citrix",
       {"BrokerAgent"},
       "",
       {"registry:HKLM\\SOFTWARE\\Citrix\\VirtualDesktopAgent\\State@RegisteredDdcFqdn",
        "registry:HKLM\\SOFTWARE\\Citrix\\MachineIdentityServiceAgent\\VdaStateMirror@"
        "RegisteredDdcFqdn"}},
      {"horizon",
       {"WSNM"},
       "",
       {"registry:HKLM\\SOFTWARE\\Omnissa\\Horizon\\Agent\\Configuration@Broker",
        "registry:HKLM\\SOFTWARE\\VMware, Inc.\\VMware VDM\\Agent\\Configuration@Broker"}},
      {"windows_365", {"CloudManagedDesktopExtension"}, ""},
      {"avd",
       {"RDAgentBootLoader"},
       "registry:HKLM\\SOFTWARE\\Microsoft\\RDInfraAgent@IsRegistered"},
      {"workspaces", {"SkyLightWorkspaceConfigService"}, ""},
      {"frame", {"MF2Service"}, ""},
  };
  return kRules;
}
const std::vector<BrokerRule>& LinuxBrokers() {
  static const std::vector<BrokerRule> kRules = {
      {"citrix", {"ctxvda"}, ""},
      {"horizon", {"viewagent"}, ""},
      {"workspaces", {"skylight-agent"}, ""},
  };
  return kRules;
}

std::optional<bool> Serves(Look& look, const BrokerRule& rule) {
  std::optional<bool> running = false;
  for (std::string_view service : rule.services) running = AnyOf({running, look.Runs(service)});
  if (running != true) return running;
  std::optional<bool> told;
  for (std::string_view locator : rule.told) {
    if (look.Closed(locator)) return std::nullopt;
    if (auto text = look.Text(locator)) told = told.value_or(false) || !Trim(*text).empty();
  }
  if (told == false) return false;
  if (rule.registered.empty()) return true;
  auto registered = look.Number(rule.registered);
  if (registered) return *registered == 1;
  return look.Exists(rule.registered) == false ? std::optional(false) : std::nullopt;
}

// Whether Windows 365's software is there because this is a Cloud PC: its physical clients carry it
// too (Windows 365 Boot). Where nobody looked at the platform, it is.
std::optional<bool> IsCloudPc(const Fact& role) {
  if (role.value()) return role.AsText() == "guest";
  return *role.missing() == Missing::kNotGathered ? std::optional(true) : std::nullopt;
}

Fact Broker(const Evidence& evidence, const Fact& role) {
  Look all(evidence);
  bool open = false;
  for (const BrokerRule& rule : evidence.os == "windows" ? WindowsBrokers() : LinuxBrokers()) {
    Look look(evidence);
    auto serves = Serves(look, rule);
    if (rule.broker == "windows_365" && serves == true) serves = IsCloudPc(role);
    if (serves == true && !open) return look.Answer(std::string(rule.broker));
    open = open || !serves;
    (void)Serves(all, rule);
  }
  return open ? all.NoAnswer() : all.Answer("none");
}

// The first of these texts that says something.
Fact FirstText(const Evidence& evidence, std::initializer_list<std::string_view> locators,
               bool (*accept)(std::string_view)) {
  Look look(evidence);
  for (std::string_view locator : locators) {
    auto text = look.Text(locator);
    if (text && accept(Trim(*text))) return look.Answer(Printable(Trim(*text)));
  }
  return look.NoAnswer();
}

bool IsSomething(std::string_view text) { return !text.empty(); }

std::optional<std::string> RowText(Look& look, std::string_view column) {
  const RowsReading* reading =
      look.Rows("wmi:root\\citrix\\DesktopInformation:Citrix_VirtualDesktopInfo");
  if (!reading || reading->rows.empty()) return std::nullopt;
  auto value = reading->rows[0].find(column);
  if (value == reading->rows[0].end() || !value->is_string()) return std::nullopt;
  std::string text = Printable(value->get<std::string>());
  return text.empty() ? std::nullopt : std::optional(text);
}

Fact CitrixPool(const Evidence& evidence) {
  Look look(evidence);
  for (std::string_view column : {"DesktopGroupName", "DesktopCatalogName"}) {
    if (auto text = RowText(look, column)) return look.Answer(*text);
  }
  Fact mirrored =
      FirstText(evidence,
                {"registry:HKLM\\SOFTWARE\\Citrix\\VirtualDesktopAgent\\State@DesktopGroupName",
                 "registry:HKLM\\SOFTWARE\\Citrix\\MachineIdentityServiceAgent\\VdaStateMirror@"
                 "DesktopGroupName"},
                IsSomething);
  return mirrored.missing() && look.HasTrouble() ? look.NoAnswer() : mirrored;
}

Fact Pool(const Evidence& evidence, std::string_view broker) {
  if (broker == "citrix") return CitrixPool(evidence);
  if (broker == "avd" || broker == "windows_365") {
    return FirstText(evidence,
                     {"registry:HKLM\\SOFTWARE\\Microsoft\\RDMonitoringAgent@SessionHostPool"},
                     IsSomething);
  }
  if (broker == "horizon") {
    // Told to sessions alone (Horizon: "client system information sent to remote desktops").
    Look look(evidence);
    for (const auto& [locator, reading] :
         look.All("registry:HKU\\*\\Volatile Environment@ViewClient_Launch_ID")) {
      const auto* text = std::get_if<TextReading>(reading);
      if (text && !Trim(text->text).empty()) return look.Answer(Printable(Trim(text->text)));
    }
    return look.NoAnswer();
  }
  return Unknown(Missing::kAbsent);
}

Fact BrokerVersion(const Evidence& evidence, std::string_view broker) {
  if (broker == "citrix") {
    return FirstText(evidence,
                     {"registry:HKLM\\SOFTWARE\\Citrix\\VirtualDesktopAgent@ProductVersion"},
                     IsVersion);
  }
  if (broker == "horizon") {
    return FirstText(evidence,
                     {"registry:HKLM\\SOFTWARE\\Omnissa\\Horizon\\Agent@ProductVersion",
                      "registry:HKLM\\SOFTWARE\\VMware, Inc.\\VMware VDM\\Agent@ProductVersion"},
                     IsVersion);
  }
  return Unknown(broker == "none" ? Missing::kAbsent : Missing::kNotGathered);
}

}  // namespace

void ProbeVdi(const Evidence& evidence, Facts& facts) {
  Fact broker = Broker(evidence, FactOf(facts, "platform.role"));
  if (auto name = broker.AsText()) {
    facts["vdi.pool"] = Pool(evidence, *name);
    facts["vdi.broker_version"] = BrokerVersion(evidence, *name);
  } else {
    facts["vdi.pool"] = broker;
    facts["vdi.broker_version"] = broker;
  }
  facts["vdi.broker"] = std::move(broker);
}

}  // namespace vdiwatch::agent
