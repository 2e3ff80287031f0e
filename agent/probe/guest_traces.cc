#include "agent/probe/guest_traces.h"

#include <algorithm>

#include "base/text.h"

namespace vdiwatch::agent {
namespace {

// Guest tools that end by themselves outside of their hypervisor, for they miss its devices:
// VMware Tools (open-vm-tools services/vmtoolsd), Hyper-V integration (existence is no sign,
// ShellCode33/VM-Detection#4), QEMU guest agent, VirtualBox guest additions, XenServer VM Tools.
constexpr std::string_view kServices[] = {"VMTools", "vmicheartbeat", "QEMU-GA", "VBoxService",
                                          "XenSvc"};

// Devices of Linux guests; clouds' bare-metal machines may have virtio cards (Alibaba's ebm types).
constexpr std::string_view kDevices[] = {"path:/sys/bus/virtio/devices/virtio0",
                                         "path:/dev/vboxguest"};

// Windows lists the makers of ACPI tables anew at each boot. Seen in boot logs: VBOX, Xen, AMAZON;
// Hyper-V's VRTUAL and MSFTVM, QEMU's BOCHS and Parallels' PRLS are not proven by a recording.
constexpr auto kTables = "registry:HKLM\\HARDWARE\\ACPI\\DSDT\\";
constexpr std::string_view kMakers[] = {"VBOX",   "Xen",   "AMAZON", "VRTUAL",
                                        "MSFTVM", "BOCHS", "PRLS"};

bool NamesGuest(const KeysReading& tables) {
  return std::ranges::any_of(tables.keys, [](std::string_view key) {
    return std::ranges::any_of(kMakers, [&](std::string_view m) { return key.starts_with(m); });
  });
}

}  // namespace

std::optional<GuestTraces> ReadGuestTraces(Look& look) {
  Look wide(look.evidence());
  const KeysReading* tables = wide.Keys(kTables);
  if (tables && NamesGuest(*tables)) {
    look.Exists(kTables);
    return GuestTraces::kFirmware;
  }
  for (std::string_view service : kServices) {
    if (wide.Runs(service) != true) continue;
    look.Runs(service);
    return GuestTraces::kSome;
  }
  for (std::string_view device : kDevices) {
    if (wide.Exists(device) != true) continue;
    look.Exists(device);
    return GuestTraces::kSome;
  }
  return wide.HasTrouble() ? std::nullopt : std::optional(GuestTraces::kNone);
}

}  // namespace vdiwatch::agent
