#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/probe/look.h"

namespace vdiwatch::agent {

// What the firmware's strings say the machine is.
enum class Board {
  kNotRead,   // the deciding strings were not gathered
  kBlank,     // read, but there is no table, or it says nothing
  kHardware,  // somebody's real product, or a copy of its strings
  kVmware,
  kMicrosoft,  // Hyper-V or Azure
  kNutanix,
  kXen,
  kEc2,  // a VM of the Nitro system, or a `.metal` machine
  kGce,  // a VM or a bare-metal machine: both say the same
  kOpenStack,
  kKvm,  // names KVM
  kQemu,
  kVirtualBox,
  kParallels,
  kBhyve,
  kCloud,   // a cloud by name only
  kSomeVm,  // a virtual machine, but the strings that would name its platform were not read
};
Board ReadBoard(Look& look);

// Whether it was read who made the machine and what it is called (an earned "no" counts).
bool NamesRead(Look& look);

// Whether the maker builds hardware and sells no virtual machines under its name.
bool IsMadeByHardwareMaker(Look& look);

// Whether Nutanix is named as the maker of the system or its board, or what its hypervisor leaves
// when both were changed: Red Hat's chassis, which other builds of QEMU have as well.
bool MayBeNutanix(Look& look);

// The string without blanks and vendors' placeholders ("To be filled by O.E.M."); empty if it was
// not read or says nothing.
std::string_view BoardText(Look& look, std::string_view name);

// The chassis tag of every Azure VM: the ASCII codes of "MSFT AZURE VM".
// Source: cloud-init cloudinit/sources/azure/identity.py.
inline constexpr std::string_view kAzureTag = "7783-7084-3265-9085-8269-3286-77";

// The instance's id, which Nitro's machines have in the tag of their board; empty on others.
// Source: DataDog/datadog-agent pkg/util/ec2/dmi.go.
std::string Ec2InstanceId(std::string_view maker, std::string_view board_tag);

}  // namespace vdiwatch::agent
