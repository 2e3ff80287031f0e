#include "agent/probe/platform_decision.h"

#include <algorithm>
#include <charconv>

#include "agent/probe/guest_traces.h"
#include "base/json.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

PlatformDecision Guest(std::string_view kind) { return {kind, true}; }
constexpr PlatformDecision kSomeGuest{"", true};
constexpr PlatformDecision kUndecided{"", std::nullopt};

// Copied strings and a hidden hypervisor look like bare metal; what runs in guests alone does not.
PlatformDecision BareMetal(Look& look) {
  auto traces = ReadGuestTraces(look);
  if (traces == GuestTraces::kNone) return {"bare_metal", false};
  return traces == GuestTraces::kFirmware ? kSomeGuest : kUndecided;
}

// Only Azure answers here with a compute document; the agent asks nowhere else.
bool HasAzureMetadata(Look& look) {
  auto text = look.Text("imds:azure/instance");
  if (!text) return false;
  auto json = ParseJson(*text, "imds");
  return json && json->is_object() && json->contains("compute") && (*json)["compute"].is_object();
}

// What claims Azure without its tag: its metadata, and Windows 365, whose Cloud PCs are Azure VMs.
bool ClaimsAzure(Look& look) {
  bool asked = look.evidence().items.contains("imds:azure/instance");
  return (asked && HasAzureMetadata(look)) ||
         BoardText(look, "system.product").starts_with("Cloud PC ") ||
         look.Runs("CloudManagedDesktopExtension") == true;
}

// Microsoft's virtual machine: which of the two? The tag is always there on Azure, so that a
// machine whose tag was read and is another one is not there; without it nobody can tell.
PlatformDecision AzureOrHyperV(Look& look, const CpuView& cpu) {
  // Virtual PC and Virtual Server differ by their version alone (Linux ata_piix.c).
  if (BoardText(look, "system.version") == "VS2005R2") return Guest("other_vm");
  // Neither of the two ever hides it; a label may be written onto hardware.
  bool label = BoardText(look, "system.product").starts_with("Cloud PC ");
  if (cpu.hypervisor_bit == false) return label ? kUndecided : kSomeGuest;
  constexpr auto kTag = "smbios:chassis.asset_tag";
  auto tag_read = look.Exists(kTag);
  std::string_view tag = BoardText(look, "chassis.asset_tag");
  if (tag == kAzureTag) return Guest("azure");
  if (ClaimsAzure(look)) return tag.empty() ? Guest("azure") : kSomeGuest;
  // What was sold as Virtual PC has such a tag as well, and neither this interface nor a version.
  bool modern = cpu.Shows(Signature::kMicrosoft) || !BoardText(look, "system.version").empty() ||
                BoardText(look, "bios.version").starts_with("Hyper-V");
  return tag_read && modern ? Guest("hyper_v") : kSomeGuest;
}

// An EC2 UUID begins with ec2, byte-swapped by some firmware (AWS EC2 user guide, "identify"); so
// does one of 4096 of anybody's.
bool HasEc2Uuid(Look& look) {
  std::string uuid = ToLower(BoardText(look, "system.uuid"));
  if (uuid.starts_with("ec2")) return true;
  return uuid.size() >= 8 && uuid.substr(6, 2) == "ec" && uuid[4] == '2';
}

// A domain without firmware has a UUID all the same (Linux ABI/stable/sysfs-hypervisor-xen).
bool HasEc2DomainUuid(Look& look) {
  auto uuid = look.Text("file:/sys/hypervisor/uuid");
  return uuid && ToLower(Trim(*uuid)).starts_with("ec2");
}

// XenServer's tools (win-xenguestagent INSTALL.md), as far as this system can have them.
std::optional<bool> HasXenServerTools(Look& look) {
  if (look.evidence().os != "windows") {
    return AnyOf({look.Runs("xe-linux-distribution"), look.Exists("path:/usr/sbin/xe-daemon")});
  }
  return AnyOf({look.Exists("registry:HKLM\\SOFTWARE\\Citrix\\XenTools@MajorVersion"),
                look.Exists("registry:HKLM\\SOFTWARE\\XenServer\\XenTools@MajorVersion"),
                look.Runs("XenSvc")});
}

bool HasXenServerCertificate(Look& look) {
  constexpr std::string_view kCertificate =
      "MS_VM_CERT/SHA1/bdbeb6e0a816d43fa6d3fe8aaef04c2bad9d3e3d";
  return BoardText(look, "oem_strings").find(kCertificate) != std::string_view::npos;
}

// Where nobody looked for the tools it stays Xen; a look that failed says nothing.
PlatformDecision XenServerOrXen(Look& look) {
  Look tools(look.evidence());
  bool certified = HasXenServerCertificate(tools);
  auto found = HasXenServerTools(tools);
  look.AddSources(tools.sources());
  if (certified || found == true) return Guest("xen_server");
  return tools.HasTrouble() ? kSomeGuest : Guest("xen");
}

// Amazon's Xen writes itself into the version ("4.2.amazon"), every other its own number.
std::optional<bool> VersionNamesAmazon(Look& look) {
  bool numbered = false;
  for (std::string_view name : {"system.version", "bios.version"}) {
    std::string_view text = BoardText(look, name);
    if (text.find("amazon") != std::string_view::npos) return true;
    numbered = numbered || (!text.empty() && text[0] >= '1' && text[0] <= '9');
  }
  return numbered ? std::optional(false) : std::nullopt;
}

// Whether everything that would speak against Amazon was looked for, and is not there.
bool NothingDeniesAmazon(Look& look) {
  return look.Exists("smbios:system.version") && look.Exists("smbios:bios.version") &&
         HasXenServerTools(look) == false && !HasXenServerCertificate(look);
}

// Whether a place that tells Amazon's Xen from others was closed to the agent.
bool HidesAmazon(Look& look) {
  constexpr std::string_view kPlaces[] = {"smbios:system.manufacturer", "smbios:system.version",
                                          "smbios:bios.version", "smbios:system.uuid",
                                          "file:/sys/hypervisor/uuid"};
  return std::ranges::any_of(kPlaces, [&](std::string_view place) { return look.Closed(place); });
}

// Where nobody looked whose Xen it is, it is still Xen; a look that failed says nothing. The UUID
// alone is not enough (DETECTION §1.4), and Amazon never shows anybody's hardware.
PlatformDecision XenFlavour(Look& look, Board board) {
  auto version = board == Board::kXen ? VersionNamesAmazon(look) : std::nullopt;
  if (version == true) return Guest("aws_xen");
  if (version == false) return XenServerOrXen(look);
  if (board == Board::kXen ? HasEc2Uuid(look) : HasEc2DomainUuid(look)) {
    bool amazon = board != Board::kHardware && NothingDeniesAmazon(look);
    return amazon ? Guest("aws_xen") : kSomeGuest;
  }
  return board == Board::kHardware || !HidesAmazon(look) ? XenServerOrXen(look) : kSomeGuest;
}

// Instance types look like "t3a.small"; bare metal is "i3.metal", "m6i.metal-24xl".
bool IsEc2Metal(Look& look) {
  return BoardText(look, "system.product").find(".metal") != std::string_view::npos;
}

PlatformDecision Ec2(Look& look, const CpuView& cpu) {
  bool typed = BoardText(look, "system.product").find('.') != std::string_view::npos;
  bool virtualized = cpu.hypervisor_bit == true && cpu.root_partition == false;
  if (typed) {
    if (IsEc2Metal(look)) return virtualized ? kUndecided : BareMetal(look);
    return cpu.hypervisor_bit == false ? kUndecided : Guest("aws_nitro");
  }
  // Nitro sets the SMBIOS bit on virtual machines, and clears it on metal (systemd#19403).
  if (virtualized || look.Number("smbios:bios.vm_bit") == 1) return Guest("aws_nitro");
  return cpu.hypervisor_bit == false ? BareMetal(look) : kUndecided;
}

// Google's machines of both kinds carry the same strings (systemd#38125): the processor decides.
PlatformDecision Gce(Look& look, const CpuView& cpu) {
  if (cpu.Shows(Signature::kKvm)) return Guest("gcp");
  if (BoardText(look, "baseboard.manufacturer") == "KVM") return Guest("gcp");
  if (cpu.hypervisor_bit == false) return BareMetal(look);
  return cpu.hypervisor_bit == true && cpu.root_partition == false ? Guest("gcp") : kUndecided;
}

// What the firmware alone says, where the processor says nothing or shows an imitation.
PlatformDecision ByBoard(Look& look, const CpuView& cpu, Board board) {
  switch (board) {
    case Board::kVmware:
      return Guest("vmware");
    case Board::kMicrosoft:
      return AzureOrHyperV(look, cpu);
    case Board::kNutanix:
      return Guest("nutanix_ahv");
    case Board::kXen:
      return XenFlavour(look, board);
    case Board::kEc2:
      return Ec2(look, cpu);
    case Board::kGce:
      return Gce(look, cpu);
    case Board::kOpenStack:
      return Guest("openstack");
    case Board::kKvm:
      return Guest("kvm");
    case Board::kQemu:
      return Guest(cpu.Shows(Signature::kMicrosoft) ? "kvm" : "qemu");
    case Board::kVirtualBox:
      return Guest("virtualbox");
    case Board::kParallels:
      return Guest("parallels");
    case Board::kBhyve:
      return Guest("bhyve");
    case Board::kCloud:
      return cpu.hypervisor_bit == false ? kUndecided : Guest("other_vm");
    case Board::kSomeVm:
      return kSomeGuest;
    case Board::kNotRead:
    case Board::kBlank:
    case Board::kHardware:
      return kUndecided;
  }
  return kUndecided;
}

bool NamesVm(Board board) {
  return board != Board::kNotRead && board != Board::kBlank && board != Board::kHardware;
}

// Xen's own host shows Xen's signature as well: its strings are those of what is beneath.
// Sources: Linux /proc/xen/capabilities; systemd virt.c (feature bit 11, privileged).
std::optional<bool> IsXenHost(Look& look) {
  if (look.evidence().os == "windows") return false;
  if (auto text = look.Text("file:/proc/xen/capabilities")) {
    return text->find("control_d") != std::string_view::npos;
  }
  auto text = look.Text("file:/sys/hypervisor/properties/features");
  if (!text) return std::nullopt;
  std::string_view hex = Trim(*text);
  std::uint64_t features = 0;
  auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), features, 16);
  if (error != std::errc() || end != hex.data() + hex.size()) return std::nullopt;
  return (features & 1u << 11) != 0;
}

PlatformDecision OnXen(Look& look, const CpuView& cpu, Board board) {
  if (board == Board::kXen) return XenFlavour(look, board);
  if (board == Board::kEc2) return IsEc2Metal(look) ? kUndecided : Guest("aws_xen");
  if (board == Board::kOpenStack) return Guest("openstack");
  auto host = IsXenHost(look);
  if (host == true && board == Board::kHardware) return BareMetal(look);
  if (host == true) return ByBoard(look, cpu, board);
  // Guests without firmware, and with their host's strings.
  bool unnamed = board == Board::kBlank || board == Board::kHardware;
  if (host == false && unnamed) return XenFlavour(look, board);
  // Nothing but the processor was read; Xen's host looks the same there, but is nobody's desktop.
  if (!host && board == Board::kNotRead && !HidesAmazon(look)) return XenFlavour(look, board);
  return host == false || NamesVm(board) ? kSomeGuest : kUndecided;
}

// VirtualBox shows KVM's interface to Linux, and betrays itself by the maker of its board when it
// copies the host's strings (systemd#13429). Oracle's own servers name Oracle above.
PlatformDecision KvmWithCopiedStrings(Look& look) {
  if (!look.Exists("smbios:baseboard.manufacturer") || MayBeNutanix(look)) return kSomeGuest;
  std::string_view maker = BoardText(look, "system.manufacturer");
  bool oracle = BoardText(look, "baseboard.manufacturer") == "Oracle Corporation" &&
                !maker.starts_with("Oracle") && !maker.starts_with("Sun");
  return Guest(oracle ? "virtualbox" : "kvm");
}

// Nutanix, Nitro, Google, VirtualBox and Parallels show this signature too, so that it decides only
// where the firmware was read.
PlatformDecision OnKvm(Look& look, const CpuView& cpu, Board board) {
  switch (board) {
    case Board::kNutanix:
    case Board::kEc2:
    case Board::kGce:
    case Board::kOpenStack:
    case Board::kVirtualBox:
    case Board::kParallels:
    case Board::kBhyve:
      return ByBoard(look, cpu, board);
    case Board::kVmware:
    case Board::kMicrosoft:
    case Board::kXen:
      return kSomeGuest;  // these never show KVM's signature: one of the two is a copy
    case Board::kNotRead:
    case Board::kSomeVm:
      return kSomeGuest;
    case Board::kHardware:
      return KvmWithCopiedStrings(look);
    case Board::kBlank:
    case Board::kKvm:
    case Board::kQemu:
    case Board::kCloud:
      return Guest("kvm");
  }
  return kSomeGuest;
}

// Linux inside WSL 2 is a utility VM of a Windows machine, not a desktop, and has no firmware.
bool IsWsl(Look& look) {
  auto release = look.Text("file:/proc/sys/kernel/osrelease");
  return release && ToLower(*release).find("microsoft") != std::string::npos;
}

// Microsoft's signature alone: its root partition, its guest, or somebody's imitation.
PlatformDecision OnMicrosoft(Look& look, const CpuView& cpu, Board board) {
  if (NamesVm(board)) return ByBoard(look, cpu, board);
  if (cpu.root_partition == true) {
    if (IsNestedInHyperV(look, cpu)) return kSomeGuest;
    bool told = !look.Closed("cpuid:40000004") && !look.Closed("cpuid:40000006");
    return told && board == Board::kHardware ? BareMetal(look) : kUndecided;
  }
  if (cpu.root_partition != false) return kUndecided;
  return IsWsl(look) ? Guest("other_vm") : kSomeGuest;
}

// Whether VMware's signature may stand: other hypervisors can be told to show it, and then show
// their own, or their product's strings, beside it. A copy of the host's strings is VMware's own
// option, and SAP's cloud on VMware has a tag of its own (DETECTION §1.5).
bool MayBeVmware(Look& look, const CpuView& cpu, Board board) {
  bool alone = std::ranges::all_of(cpu.signatures, [](Signature s) {
    return s == Signature::kVmware || s == Signature::kMicrosoft || s == Signature::kGarbage;
  });
  bool sap = board == Board::kOpenStack &&
             BoardText(look, "chassis.asset_tag").starts_with("SAP CCloud VM");
  bool open = board == Board::kNotRead || board == Board::kBlank || board == Board::kHardware;
  return alone && (board == Board::kVmware || open || sap);
}

PlatformDecision WithoutSignature(Look& look, const CpuView& cpu, Board board) {
  if (NamesVm(board)) return ByBoard(look, cpu, board);
  // Without CPUID, a clear bit of the firmware says nothing: most virtual machines leave it clear
  // (DETECTION §1.3). Only a maker of hardware does.
  bool bare =
      cpu.hypervisor_bit == false ||
      (!cpu.has_cpuid && look.Number("smbios:bios.vm_bit") == 0 && IsMadeByHardwareMaker(look));
  if (board == Board::kHardware) return bare ? BareMetal(look) : kUndecided;
  if (IsWsl(look) && !cpu.has_cpuid) return Guest("other_vm");
  auto traces = ReadGuestTraces(look);
  return traces && *traces != GuestTraces::kNone ? kSomeGuest : kUndecided;
}

}  // namespace

PlatformDecision DecidePlatform(Look& look, const CpuView& cpu, Board board) {
  auto leading = cpu.Leading();
  if (!leading) return WithoutSignature(look, cpu, board);
  switch (*leading) {
    case Signature::kVmware:
      return MayBeVmware(look, cpu, board) ? Guest("vmware") : kSomeGuest;
    case Signature::kMicrosoft:
      return OnMicrosoft(look, cpu, board);
    case Signature::kKvm:
      return OnKvm(look, cpu, board);
    case Signature::kTcg:
      return Guest("qemu");
    case Signature::kXen:
      return OnXen(look, cpu, board);
    case Signature::kVirtualBox:
      return Guest("virtualbox");
    case Signature::kParallels:
      return Guest("parallels");
    case Signature::kBhyve:
      return Guest("bhyve");
    case Signature::kOther:
      return NamesVm(board) ? ByBoard(look, cpu, board) : Guest("other_vm");
    case Signature::kGarbage:
      return NamesVm(board) ? ByBoard(look, cpu, board) : kUndecided;
  }
  return kUndecided;
}

}  // namespace vdiwatch::agent
