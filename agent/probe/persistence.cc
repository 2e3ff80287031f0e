#include <algorithm>
#include <compare>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/probe/look.h"
#include "agent/probe/subjects.h"
#include "base/json.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

// What one mechanism says; `persistent` is open where the mechanism is there and does not tell.
struct Declaration {
  std::string_view mechanism;  // empty if it is one of several
  std::optional<bool> persistent;
};
using Said = std::optional<Declaration>;

std::optional<bool> RowBool(Look& look, const Json& row, std::string_view column) {
  auto value = row.find(column);
  if (value == row.end()) return std::nullopt;
  if (!value->is_boolean()) {
    look.Fail();
    return std::nullopt;
  }
  return value->get<bool>();
}

// The VDA's own word (Citrix UPMConfigCheck). Present with a VDA only.
Said CitrixSays(Look& look) {
  const RowsReading* reading =
      look.Rows("wmi:root\\citrix\\DesktopInformation:Citrix_VirtualDesktopInfo");
  if (!reading || reading->rows.empty()) return std::nullopt;
  const Json& row = reading->rows[0];
  auto persists = RowBool(look, row, "OSChangesPersist");
  if (!persists) return std::nullopt;
  std::string type = row.contains("ProvisioningType") && row["ProvisioningType"].is_string()
                         ? row["ProvisioningType"].get<std::string>()
                         : "";
  if (type == "ProvisioningServices") return Declaration{"citrix_pvs", persists};
  if (type == "MachineCreationServices") return Declaration{"citrix_mcs", persists};
  return Declaration{"none", persists};
}

constexpr auto kMcsPersonality = "file:C:\\MCSPersonality.ini";
constexpr auto kPvsPersonality = "file:C:\\Personality.ini";

// "Key=value" of a personality file, in any of its sections; keys may begin with '_' or '$'.
std::optional<std::string_view> IniValue(std::string_view text, std::string_view key) {
  for (std::string_view line : Split(text, '\n')) {
    std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    std::string_view name = Trim(line.substr(0, equals));
    while (name.starts_with('_') || name.starts_with('$')) name.remove_prefix(1);
    if (EqualsIgnoreCase(name, key)) return Trim(line.substr(equals + 1));
  }
  return std::nullopt;
}

// Write cache types: 0 and 10 are private images, 7 and 11 keep the cache on the server; the rest
// throw it away. Source: EUCweb/BIS-F BISF.psm1.
std::optional<bool> KeepsCache(std::int64_t type) {
  constexpr std::int64_t kKept[] = {0, 7, 10, 11};
  constexpr std::int64_t kThrownAway[] = {1, 3, 4, 9, 12};
  if (std::ranges::find(kKept, type) != std::end(kKept)) return true;
  bool thrown_away = std::ranges::find(kThrownAway, type) != std::end(kThrownAway);
  return thrown_away ? std::optional(false) : std::nullopt;
}

// The type stands in the registry, and in the personality file that is written at each boot.
Said CitrixPvs(Look& look) {
  if (look.Runs("BNDevice") != true) return std::nullopt;
  auto type = look.Number(
      "registry:HKLM\\SYSTEM\\CurrentControlSet\\Services\\bnistack\\PVSAgent@WriteCacheType");
  if (!type) {
    auto text = look.Text(kPvsPersonality);
    auto value = text ? IniValue(*text, "WriteCacheType") : std::nullopt;
    type = value ? ParseInteger(*value) : std::nullopt;
  }
  return Declaration{"citrix_pvs", type ? KeepsCache(*type) : std::nullopt};
}

// Written at each boot of a machine that is still provisioned: an older file was left behind by a
// conversion (BIS-F, Get-DiskMode). Where nobody asked for the times, the file counts.
std::optional<bool> IsLeftOver(Look& look, std::string_view file) {
  auto written = look.Number(std::string(file) + "#written");
  auto booted = look.Number("api:boot_time");
  if (look.Closed("api:boot_time") || look.Closed(std::string(file) + "#written")) {
    return std::nullopt;
  }
  constexpr std::int64_t kClockSlack = 300;  // seconds; the clock may be set during a boot
  return written && booted && *written + kClockSlack < *booted;
}

// MCS' personality file (renamed with VDA 2303, BIS-F#380). A converted image may keep an old one:
// it counts only while the VDA runs.
Said CitrixMcs(Look& look) {
  if (look.Runs("BrokerAgent") != true) return std::nullopt;
  for (const char* locator : {kMcsPersonality, kPvsPersonality}) {
    auto text = look.Text(locator);
    if (!text || !IniValue(*text, "ListOfDDCs")) continue;
    auto left_over = IsLeftOver(look, locator);
    if (!left_over) return Declaration{"", std::nullopt};
    if (*left_over) continue;
    auto mode = IniValue(*text, "DiskMode");
    if (mode && EqualsIgnoreCase(*mode, "Shared")) return Declaration{"citrix_mcs", false};
    if (mode && EqualsIgnoreCase(*mode, "Private")) return Declaration{"citrix_mcs", true};
    return Declaration{"citrix_mcs", std::nullopt};
  }
  return std::nullopt;
}

// The filter is on, and it protects the system's volume (UWF_Filter, UWF_Volume; Microsoft).
Said UnifiedWriteFilter(Look& look) {
  const RowsReading* filter = look.Rows("wmi:root\\standardcimv2\\embedded:UWF_Filter");
  if (!filter || filter->rows.empty()) return std::nullopt;
  auto enabled = RowBool(look, filter->rows[0], "CurrentEnabled");
  if (enabled == false) return std::nullopt;
  if (!enabled) {
    look.Fail();
    return std::nullopt;
  }
  const RowsReading* volumes = look.Rows("wmi:root\\standardcimv2\\embedded:UWF_Volume");
  if (!volumes) return Declaration{"", std::nullopt};
  for (const Json& row : volumes->rows) {
    bool system = row.contains("DriveLetter") && row["DriveLetter"] == "C:";
    if (!system || RowBool(look, row, "CurrentSession") != true) continue;
    auto protects = RowBool(look, row, "Protected");
    if (protects == false) return std::nullopt;
    return Declaration{"uwf", protects ? std::optional(false) : std::nullopt};
  }
  return Declaration{"uwf", std::nullopt};
}

Said DeepFreeze(Look& look) {
  for (const char* locator :
       {"registry:HKLM\\SOFTWARE\\Faronics\\Deep Freeze 6@DF Status",
        "registry:HKLM\\SOFTWARE\\WOW6432Node\\Faronics\\Deep Freeze 6@DF Status"}) {
    auto status = look.Text(locator);
    if (status && EqualsIgnoreCase(Trim(*status), "Frozen"))
      return Declaration{"deep_freeze", false};
  }
  return std::nullopt;
}

// Instant clones are deleted or refreshed at logoff, floating or dedicated. Before Horizon 8 the
// same service served linked clones, which may keep their disk (View Composer ended with 8).
Said Horizon(Look& look) {
  auto clone = AnyOf({look.Runs("vmware-viewcomposer-ga"), look.Runs("omn-instantclone-ga")});
  if (clone != true || look.Runs("WSNM") != true) return std::nullopt;
  auto version =
      look.Text("registry:HKLM\\SOFTWARE\\VMware, Inc.\\VMware VDM\\Agent@ProductVersion");
  if (version && CompareVersions(*version, "8") == std::strong_ordering::less) {
    return Declaration{"", std::nullopt};
  }
  return Declaration{"horizon_instant_clone", false};
}

// IMDS storageProfile.osDisk.diffDiskSettings.option "Local": the system disk is on the host.
Said EphemeralDisk(Look& look) {
  auto text = look.Text("imds:azure/instance");
  if (!text) return std::nullopt;
  auto json = ParseJson(*text, "imds");
  const Json::json_pointer at("/compute/storageProfile/osDisk/diffDiskSettings/option");
  if (!json || !json->is_object() || !json->contains(at)) return std::nullopt;
  return json->at(at) == "Local" ? Said(Declaration{"ephemeral_os_disk", false}) : std::nullopt;
}

// Containers have an overlay as their root as well, which says nothing about the machine.
bool IsContainer(Look& look) {
  return look.Exists("path:/.dockerenv") == true ||
         look.Exists("path:/run/.containerenv") == true ||
         look.Exists("file:/run/systemd/container") == true;
}

Said OverlayRoot(Look& look) {
  auto type = look.Text("api:root_filesystem");
  if (IsContainer(look)) return Declaration{"", std::nullopt};
  if (!type) return std::nullopt;
  if (*type == "overlay" || *type == "overlayfs" || *type == "aufs") {
    return Declaration{"overlay_root", false};
  }
  bool live =
      look.Exists("path:/run/live/medium") == true || look.Exists("path:/cdrom/casper") == true;
  return live ? Said(Declaration{"live_image", false}) : std::nullopt;
}

// Pooled or personal is not stored on the machine, and a pooled host is not reset by itself; nor
// do WorkSpaces and Frame tell which kind of theirs it is. The boots will tell.
Said CloudDesktop(Look& look, const Facts& facts) {
  const Fact& broker = FactOf(facts, "vdi.broker");
  look.AddSources(broker.sources);
  if (broker.AsText() == "windows_365") return Declaration{"windows_365", std::nullopt};
  if (broker.AsText() == "dev_box") return Declaration{"dev_box", std::nullopt};
  if (broker.AsText() == "avd" && FactOf(facts, "os.multi_session").AsBool() == true) {
    return Declaration{"avd_pooled", std::nullopt};
  }
  for (std::string_view open : {"avd", "workspaces", "frame"}) {
    if (broker.AsText() == open) return Declaration{"", std::nullopt};
  }
  return std::nullopt;
}

// Write filters first: they throw away what any other keeps.
constexpr Said (*kWindowsMechanisms[])(Look&) = {
    UnifiedWriteFilter, DeepFreeze, CitrixSays, CitrixPvs, CitrixMcs, Horizon, EphemeralDisk};
constexpr Said (*kLinuxMechanisms[])(Look&) = {OverlayRoot, EphemeralDisk};

// FSLogix (MicrosoftDocs/fslogix-docs) and Citrix Profile Management keep profiles, not machines.
Fact ProfileContainer(const Evidence& evidence) {
  Look look(evidence);
  auto enabled = look.Number("registry:HKLM\\SOFTWARE\\FSLogix\\Profiles@Enabled");
  if (enabled == 1) return look.Answer("fslogix");
  auto citrix = look.Runs("ctxProfile");
  if (citrix == true) return look.Answer("citrix_profile_management");
  return enabled && citrix ? look.Without(Missing::kAbsent) : look.NoAnswer();
}

// What all mechanisms say together, and where each of them looked. One that resets the machine
// beats those that keep it, and one that is open leaves it open.
struct Together {
  Said said;
  bool trouble = false;              // a place could not be read that might say otherwise
  std::vector<std::string> sources;  // of those that said anything
};
Together Combine(const Evidence& evidence, std::span<Said (*const)(Look&)> mechanisms) {
  Together all;
  auto rank = [](const Declaration& said) {
    return !said.persistent ? 1 : *said.persistent ? 2 : 0;
  };
  for (auto mechanism : mechanisms) {
    Look look(evidence);
    Said said = mechanism(look);
    all.trouble = all.trouble || look.HasTrouble();
    if (!said) continue;
    if (!all.said || rank(*said) < rank(*all.said)) all.said = said;
    for (const std::string& source : look.sources()) all.sources.push_back(source);
  }
  return all;
}

void Declare(const Look& look, const Declaration& said, Facts& facts) {
  facts["persistence.mechanism"] = said.mechanism.empty()
                                       ? look.Without(Missing::kUndetermined)
                                       : look.Answer(std::string(said.mechanism));
  facts["persistence.declared"] =
      said.persistent ? look.Answer(*said.persistent ? "persistent" : "non_persistent")
                      : look.Without(Missing::kUndetermined);
}

}  // namespace

void ProbePersistence(const Evidence& evidence, Facts& facts) {
  bool is_windows = evidence.os == "windows";
  const auto mechanisms = is_windows ? std::span<Said (*const)(Look&)>(kWindowsMechanisms)
                                     : std::span<Said (*const)(Look&)>(kLinuxMechanisms);
  if (is_windows) facts["persistence.profile_container"] = ProfileContainer(evidence);
  const Together together = Combine(evidence, mechanisms);
  Look all(evidence);
  for (auto mechanism : mechanisms) (void)mechanism(all);
  if (together.said) {
    Look said(evidence);
    said.AddSources(together.sources);
    // That it persists must be earned: what could not be read might reset it.
    bool earned = together.said->persistent != true || !together.trouble;
    if (earned) return Declare(said, *together.said, facts);
    facts["persistence.mechanism"] = facts["persistence.declared"] = all.NoAnswer();
    return;
  }
  Look look(evidence);
  if (Said said = CloudDesktop(look, facts)) return Declare(look, *said, facts);
  // Nothing declares anything; that counts only if every place was read, the broker's too.
  const Fact broker = FactOf(facts, "vdi.broker");
  if (all.Complete() && is_windows && broker.missing()) {
    facts["persistence.mechanism"] = facts["persistence.declared"] = broker;
    return;
  }
  facts["persistence.mechanism"] = all.Complete() ? all.Answer("none") : all.NoAnswer();
  facts["persistence.declared"] = all.Complete() ? all.Without(Missing::kAbsent) : all.NoAnswer();
}

}  // namespace vdiwatch::agent
