#include "agent/probe/cpu.h"
#include "agent/probe/subjects.h"
#include "base/text.h"

namespace vdiwatch::agent {
namespace {

// The CPU bits; a system that runs its own hypervisor has them, although it no longer sees them.
std::optional<bool> Exposed(Look& look, const CpuView& cpu) {
  if (cpu.root_partition == true) return true;
  if (auto shown = ShowsVirtualization(look, cpu)) return shown;
  // A Hyper-V host that recommends the enlightened VMCS offers nesting (TLFS leaf 4 EAX bit 14,
  // leaf 0xA).
  const CpuidReading* hints = look.Cpuid("cpuid:40000004");
  if (cpu.root_partition == false && hints && (hints->eax & 1u << 14)) return true;
  return std::nullopt;
}

// Linux loads kvm_intel or kvm_amd only if firmware and processor let it.
std::optional<bool> LinuxUsable(Look& look, std::optional<bool> exposed) {
  if (exposed == false) return false;
  auto loaded = AnyOf({look.Exists("file:/sys/module/kvm_intel/parameters/nested"),
                       look.Exists("file:/sys/module/kvm_amd/parameters/nested")});
  return AllOf({exposed, loaded == true ? loaded : std::nullopt});
}

// AMD shows second-level translation (nested paging) beside SVM: leaf 0x8000000A EDX bit 0
// (AMD64 Architecture Programmer's Manual, volume 3, appendix E). Intel's is in no leaf.
bool LacksNestedPaging(Look& look) {
  const auto* svm = std::get_if<CpuidReading>(&look.evidence().At("cpuid:8000000a"));
  const CpuidReading* extended = svm ? look.Cpuid("cpuid:80000001") : nullptr;
  bool shows_svm = extended && (extended->ecx & 1u << 2) != 0;
  if (look.Closed("cpuid:8000000a")) return false;
  return shows_svm && (look.Cpuid("cpuid:8000000a")->edx & 1u) == 0;
}

// PF_VIRT_FIRMWARE_ENABLED (21) is false whenever a hypervisor already runs, so that only a yes
// counts, and a no where no hypervisor is in sight (Windows-Sandbox#15, win32-processor.md).
// PF_SECOND_LEVEL_ADDRESS_TRANSLATION (20) is what Hyper-V and WSL 2 cannot do without.
std::optional<bool> WindowsUsable(Look& look, const CpuView& cpu, std::optional<bool> exposed) {
  if (cpu.root_partition == true) return true;
  if (exposed == false) return false;
  auto firmware = look.Number("api:processor_feature.21");
  auto translation = look.Number("api:processor_feature.20");
  if (translation == 0 || LacksNestedPaging(look)) return false;
  if (look.HasTrouble()) return std::nullopt;
  // XenServer and XCP-ng can show VMX, and yet Hyper-V and WSL 2 do not start there (docker/docs
  // vm-vdi.md, xcp-ng/xcp#105).
  if (cpu.Shows(Signature::kXen)) return std::nullopt;
  if (firmware == 1) return AllOf({exposed, translation ? std::optional(true) : std::nullopt});
  if (firmware == 0 && cpu.hypervisor_bit == false) return false;
  return std::nullopt;
}

// The count of what holds KVM's module is the count of running virtual machines.
std::optional<bool> LinuxInUse(Look& look, std::optional<bool> exposed) {
  if (exposed == false) return false;
  for (const char* locator :
       {"file:/sys/module/kvm_intel/refcnt", "file:/sys/module/kvm_amd/refcnt"}) {
    auto text = look.Text(locator);
    auto count = text ? ParseInteger(Trim(*text)) : std::nullopt;
    if (count) return *count > 0;
  }
  return std::nullopt;
}

Fact Told(const Look& look, std::optional<bool> answer) {
  return answer ? look.Answer(*answer) : look.NoAnswer();
}

}  // namespace

void ProbeNestedVirtualization(const Evidence& evidence, Facts& facts) {
  bool is_linux = evidence.os == "linux";
  Look look(evidence);
  CpuView cpu = ReadCpu(look);
  auto exposed = Exposed(look, cpu);
  facts["nested_virtualization.exposed"] = Told(look, exposed);

  Look ability = look;
  auto usable = is_linux ? LinuxUsable(ability, exposed) : WindowsUsable(ability, cpu, exposed);
  facts["nested_virtualization.usable"] = Told(ability, usable);
  facts["nested_virtualization.available"] = Told(ability, usable);

  Look running = look;
  auto in_use =
      is_linux && cpu.root_partition != true ? LinuxInUse(running, exposed) : cpu.root_partition;
  facts["nested_virtualization.in_use"] = Told(running, in_use);
}

}  // namespace vdiwatch::agent
