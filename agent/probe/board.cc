#include "agent/probe/board.h"

#include <algorithm>
#include <string>

#include "base/text.h"

namespace vdiwatch::agent {
namespace {

// A string at the start of a field, case-sensitive, names a platform. Vendors that also make
// hardware are never enough by themselves: their products are named. Sources: systemd
// src/basic/virt.c, virt-what, cloud-init tools/ds-identify, and counts over 162,864 dumps of real
// hardware (linuxhw/DMI) in which none of the product strings occurs.
enum class Match {
  kStart,
  kWhole,       // all of the field
  kStartShared  // platforms share it: it decides only where maker and product do not say more
};
using enum Match;
struct BoardRule {
  std::string_view field;
  std::string_view text;
  Board board;
  Match match = kStart;
};
constexpr BoardRule kRules[] = {
    {"system.product", "VMware", Board::kVmware},
    {"system.manufacturer", "VMware", Board::kVmware},
    {"system.product", "HVM domU", Board::kXen},
    {"system.manufacturer", "Xen", Board::kXen, kWhole},
    {"system.manufacturer", "Amazon EC2", Board::kEc2},
    {"system.product", "Google Compute Engine", Board::kGce},
    {"system.product", "VirtualBox", Board::kVirtualBox},
    {"system.manufacturer", "innotek GmbH", Board::kVirtualBox},
    {"system.manufacturer", "Parallels", Board::kParallels},
    {"system.product", "Parallels", Board::kParallels},
    {"system.product", "BHYVE", Board::kBhyve},
    {"bios.vendor", "BHYVE", Board::kBhyve},
    {"system.product", "OpenStack", Board::kOpenStack},
    {"system.manufacturer", "OpenStack Foundation", Board::kOpenStack},
    {"bios.version", "Hyper-V UEFI Release", Board::kMicrosoft},
    {"system.product", "KVM", Board::kKvm, kWhole},
    {"system.product", "KVM Virtual Machine", Board::kKvm},
    {"system.product", "KVM Server", Board::kKvm},
    {"system.product", "CloudStack KVM Hypervisor", Board::kKvm},
    {"system.product", "RHEV Hypervisor", Board::kKvm},
    {"system.product", "oVirt", Board::kKvm},
    {"system.manufacturer", "oVirt", Board::kKvm},
    {"system.manufacturer", "Red Hat", Board::kKvm, kStartShared},
    {"system.manufacturer", "KubeVirt", Board::kKvm},
    {"baseboard.manufacturer", "KVM", Board::kKvm, kStartShared},
    {"system.manufacturer", "QEMU", Board::kQemu},
    {"system.product", "QEMU", Board::kQemu},
    {"system.product", "Standard PC (", Board::kQemu},
    {"system.product", "Bochs", Board::kQemu, kWhole},
    {"system.manufacturer", "Bochs", Board::kQemu, kWhole},
    {"system.version", "pc-i440fx-", Board::kQemu, kStartShared},
    {"system.version", "pc-q35-", Board::kQemu, kStartShared},
    {"chassis.manufacturer", "QEMU", Board::kQemu, kStartShared},
    {"chassis.asset_tag", "OpenStack Nova", Board::kOpenStack},
    {"chassis.asset_tag", "OpenStack Compute", Board::kOpenStack},
    {"chassis.asset_tag", "OpenTelekomCloud", Board::kOpenStack},
    {"chassis.asset_tag", "SAP CCloud VM", Board::kOpenStack},
    {"chassis.asset_tag", "HUAWEICLOUD", Board::kOpenStack},
    {"chassis.asset_tag", "Samsung Cloud Platform", Board::kOpenStack},
    {"system.product", "Alibaba Cloud ECS", Board::kCloud},
    {"system.product", "Droplet", Board::kCloud, kWhole},
    {"system.manufacturer", "DigitalOcean", Board::kCloud},
    {"system.manufacturer", "Hetzner", Board::kCloud, kWhole},
    {"system.manufacturer", "UpCloud", Board::kCloud, kWhole},
    {"system.manufacturer", "Vultr", Board::kCloud, kWhole},
    {"system.manufacturer", "Scaleway", Board::kCloud, kWhole},
    {"system.manufacturer", "netcup", Board::kCloud, kWhole},
    {"system.manufacturer", "Yandex", Board::kCloud, kWhole},
    {"system.manufacturer", "Exoscale", Board::kCloud, kWhole},
    {"system.manufacturer", "CloudSigma", Board::kCloud, kWhole},
    {"system.manufacturer", "Apache Software Foundation", Board::kCloud},
    {"system.manufacturer", "OpenBSD", Board::kCloud, kWhole},
    {"system.manufacturer", "ChromiumOS", Board::kCloud, kWhole},
    {"system.product", "crosvm", Board::kCloud, kWhole},
    {"system.manufacturer", "Cloud Hypervisor", Board::kCloud},
    {"system.product", "SmartDC HVM", Board::kCloud},
    {"system.product", "3DS Outscale VM", Board::kCloud},
    {"system.product", "Apple Virtualization", Board::kCloud},
};

// What firmware makers leave in a string that nobody filled.
constexpr std::string_view kPlaceholders[] = {
    "not specified",
    "not applicable",
    "not available",
    "none",
    "n/a",
    "default string",
    "to be filled by o.e.m.",
    "<bad index>",
    "unknown",
    "invalid",
    "no asset tag",
    "system manufacturer",
    "o.e.m.",
    "system product name",
};

bool Matches(Look& look, const BoardRule& rule) {
  std::string_view text = BoardText(look, rule.field);
  return rule.match == kWhole ? text == rule.text : text.starts_with(rule.text);
}

// Microsoft's boards are made by Microsoft, or by the BIOS' maker as some tools report
// generation 1 (ClusterLabs/crmsh#865).
bool IsMadeByMicrosoft(std::string_view maker) {
  return maker.starts_with("Microsoft Corporation") || maker.starts_with("American Megatrends");
}

// The tag counts on a machine of that maker alone: it can be typed into any hypervisor's settings.
bool IsTaggedAzure(Look& look) {
  return BoardText(look, "chassis.asset_tag") == kAzureTag &&
         IsMadeByMicrosoft(BoardText(look, "system.manufacturer"));
}

// "Virtual Machine" is Microsoft's name for it; from somebody else, it is a virtual machine.
std::optional<Board> VirtualMachine(Look& look) {
  std::string_view maker = BoardText(look, "system.manufacturer");
  for (std::string_view field : {"system.product", "baseboard.product"}) {
    if (BoardText(look, field) != "Virtual Machine") continue;
    if (maker.empty()) return Board::kSomeVm;
    return IsMadeByMicrosoft(maker) ? Board::kMicrosoft : Board::kCloud;
  }
  return std::nullopt;
}

// Windows 365 writes its own name over the product (DETECTION §0).
bool IsCloudPc(Look& look) {
  return BoardText(look, "system.manufacturer").starts_with("Microsoft Corporation") &&
         BoardText(look, "system.product").starts_with("Cloud PC ");
}

// Oracle Cloud tags bare-metal machines as well, which keep their maker's strings.
bool IsOracleCloudVm(Look& look) {
  return BoardText(look, "chassis.asset_tag") == "OracleCloud.com" && NamesRead(look) &&
         BoardText(look, "system.manufacturer").empty();
}

// QEMU's machine type as Red Hat writes it: "RHEL 7.3.0 PC (i440FX + PIIX, 1996)".
bool NamesQemuMachine(Look& look) {
  std::string_view version = BoardText(look, "system.version");
  return version.find("PC (i440FX") != std::string_view::npos ||
         version.find("PC (Q35") != std::string_view::npos;
}

// Nutanix' board under another product's name: whose, nobody can tell.
bool IsRenamedNutanix(Look& look) {
  return BoardText(look, "baseboard.manufacturer") == "Nutanix" &&
         BoardText(look, "baseboard.product") == "AHV";
}

// No platform's strings: real hardware (or a copy of it), or nothing to go by. A maker alone is
// not enough, several make hardware and virtual machines; a product alone neither.
Board BoardOfNobody(Look& look) {
  if (!NamesRead(look)) return Board::kNotRead;
  // A board that was closed to the agent may tell of what the system's names hide.
  for (const char* closed : {"smbios:baseboard.manufacturer", "smbios:baseboard.product"}) {
    if (look.Closed(closed)) return Board::kNotRead;
  }
  for (std::string_view name : {"system.product", "baseboard.product"}) {
    if (!BoardText(look, name).empty()) return Board::kHardware;
  }
  return Board::kBlank;
}

}  // namespace

// As they stand in dumps of real hardware (linuxhw/DMI). Makers that run clouds as well (Huawei,
// Tencent, Alibaba) are left out; Microsoft's hardware names itself.
bool IsMadeByHardwareMaker(Look& look) {
  constexpr std::string_view kMakers[] = {
      "Acer",    "ASUS",    "Dell Inc.",       "FUJITSU", "GIGABYTE", "Gigabyte Technology",
      "HP",      "HPE",     "Hewlett-Packard", "LENOVO",  "Lenovo",   "Panasonic Corporation",
      "SAMSUNG", "Samsung", "Supermicro",      "TOSHIBA"};
  std::string_view maker = BoardText(look, "system.manufacturer");
  if (maker.starts_with("Microsoft")) {
    return BoardText(look, "system.product").starts_with("Surface");
  }
  return std::ranges::any_of(kMakers, [&](std::string_view m) {
    return maker == m || (m.size() > 3 && maker.starts_with(m));
  });
}

bool MayBeNutanix(Look& look) {
  return BoardText(look, "system.manufacturer").starts_with("Nutanix") ||
         BoardText(look, "baseboard.manufacturer").starts_with("Nutanix") ||
         BoardText(look, "chassis.manufacturer") == "Red Hat";
}

bool NamesRead(Look& look) {
  return look.Exists("smbios:system.manufacturer") && look.Exists("smbios:system.product");
}

std::string_view BoardText(Look& look, std::string_view name) {
  auto text = look.Text("smbios:" + std::string(name));
  if (!text) return {};
  std::string_view trimmed = Trim(*text);
  bool placeholder = std::ranges::any_of(
      kPlaceholders, [&](std::string_view p) { return EqualsIgnoreCase(p, trimmed); });
  return placeholder ? std::string_view() : trimmed;
}

Board ReadBoard(Look& look) {
  // The whole table is looked at, but only what decides is a source.
  Look wide(look.evidence());
  for (std::string_view name : {"system.manufacturer", "system.product"}) {
    look.Exists("smbios:" + std::string(name));
  }
  if (BoardText(wide, "system.manufacturer") == "Nutanix" &&
      BoardText(wide, "system.product") == "AHV") {
    return Board::kNutanix;
  }
  if (auto board = VirtualMachine(wide)) {
    look.Exists("smbios:baseboard.product");
    return *board;
  }
  for (const BoardRule& rule : kRules) {
    if (!Matches(wide, rule)) continue;
    look.Exists("smbios:" + std::string(rule.field));
    return rule.match == kStartShared && !NamesRead(wide) ? Board::kSomeVm : rule.board;
  }
  if (IsTaggedAzure(wide) || IsCloudPc(wide)) return Board::kMicrosoft;
  if (NamesQemuMachine(wide)) {
    look.Exists("smbios:system.version");
    return NamesRead(wide) ? Board::kQemu : Board::kSomeVm;
  }
  if (IsOracleCloudVm(wide)) {
    look.Exists("smbios:chassis.asset_tag");
    return Board::kCloud;
  }
  if (IsRenamedNutanix(wide)) {
    look.Exists("smbios:baseboard.manufacturer");
    return Board::kSomeVm;
  }
  return BoardOfNobody(wide);
}

std::string Ec2InstanceId(std::string_view maker, std::string_view board_tag) {
  return maker == "Amazon EC2" && board_tag.starts_with("i-") ? std::string(board_tag) : "";
}

}  // namespace vdiwatch::agent
