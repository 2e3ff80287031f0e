#pragma once

#include <optional>
#include <vector>

#include "agent/probe/look.h"

namespace vdiwatch::agent {

// Who answers at the hypervisor's CPUID leaves.
enum class Signature {
  kVmware,
  kMicrosoft,
  kKvm,
  kTcg,
  kXen,
  kVirtualBox,
  kParallels,
  kBhyve,
  kOther,    // a name that reads like one, of none of those
  kGarbage,  // empty or no text: old CPUs answer leaves that they do not have
};

// What the processor says about the hypervisor beneath.
struct CpuView {
  std::optional<bool> hypervisor_bit;  // leaf 1, ECX bit 31
  bool has_cpuid = true;              // false on processors without CPUID (ARM), if that was earned
  bool emulated = false;              // an ARM processor that answers x86 programs: nothing counts
  std::vector<Signature> signatures;  // of every base leaf that answers
  // Whether this system is the root partition of Microsoft's hypervisor.
  std::optional<bool> root_partition;

  bool Shows(Signature signature) const;
  // The one that names the hypervisor: any other beats Microsoft's, which others imitate.
  std::optional<Signature> Leading() const;
};
CpuView ReadCpu(Look& look);

// Whether Microsoft's hypervisor says that it runs inside another one of its kind.
bool IsNestedInHyperV(Look& look, const CpuView& cpu);

// Whether Linux lists the flag for the first processor; nothing where that was not read.
std::optional<bool> HasCpuFlag(Look& look, std::string_view flag);

// Whether hardware virtualization (VMX or SVM) is shown; not known where it was not read, or where
// the system's own hypervisor hides it.
std::optional<bool> ShowsVirtualization(Look& look, const CpuView& cpu);

}  // namespace vdiwatch::agent
