#include "agent/probe/cpu.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/text.h"

namespace vdiwatch::agent {
namespace {

using namespace std::string_view_literals;

constexpr std::uint32_t Bit(int n) { return 1u << n; }

// Sources: Microsoft's Hypervisor Top-Level Functional Specification (TLFS), Linux
// Documentation/virt/kvm/cpuid.rst, systemd src/basic/virt.c.
constexpr std::pair<std::string_view, Signature> kSignatures[] = {
    {"VMwareVMware"sv, Signature::kVmware},     {"Microsoft Hv"sv, Signature::kMicrosoft},
    {"KVMKVMKVM\0\0\0"sv, Signature::kKvm},     {"Linux KVM Hv"sv, Signature::kKvm},
    {"TCGTCGTCGTCG"sv, Signature::kTcg},        {"XenVMMXenVMM"sv, Signature::kXen},
    {"VBoxVBoxVBox"sv, Signature::kVirtualBox}, {" lrpepyh  vr"sv, Signature::kParallels},
    {" prl hyperv "sv, Signature::kParallels},  {"bhyve bhyve "sv, Signature::kBhyve},
    {"BHyVE BHyVE "sv, Signature::kBhyve},
};

std::string SignatureText(const CpuidReading& leaf) {
  std::string text;
  for (std::uint32_t value : {leaf.ebx, leaf.ecx, leaf.edx}) {
    for (int shift = 0; shift < 32; shift += 8) text += static_cast<char>(value >> shift & 0xFF);
  }
  return text;
}

Signature SignatureOf(const CpuidReading& leaf) {
  const std::string text = SignatureText(leaf);
  for (auto [name, signature] : kSignatures) {
    if (text == name) return signature;
  }
  std::string_view name = std::string_view(text).substr(0, text.find('\0'));
  bool reads = Trim(name).size() >= 4 &&
               std::ranges::all_of(name, [](char c) { return c >= 0x20 && c < 0x7F; });
  return reads && leaf.eax >= 0x40000000 && leaf.eax <= 0x400FFFFF ? Signature::kOther
                                                                   : Signature::kGarbage;
}

// The bit, or what Linux says about it.
std::optional<bool> HypervisorBit(Look& look) {
  if (const CpuidReading* leaf = look.Cpuid("cpuid:1")) return (leaf->ecx & Bit(31)) != 0;
  if (auto flag = HasCpuFlag(look, "hypervisor")) return flag;
  return std::nullopt;
}

// Hypervisors that show Microsoft's interface first keep their own at a later base (KVM and Xen at
// +0x100), so every base up to 0x40010000 counts.
std::vector<Signature> Signatures(Look& look, std::optional<bool> hypervisor_bit) {
  std::vector<Signature> found;
  for (std::uint32_t base = 0x40000000; base <= 0x40010000; base += 0x100) {
    std::string locator = fmt::format("cpuid:{:x}", base);
    if (!look.evidence().items.contains(locator)) continue;
    const CpuidReading* leaf = look.Cpuid(locator);
    if (!leaf) continue;
    Signature signature = SignatureOf(*leaf);
    // With the bit clear, these leaves repeat the highest basic one.
    bool known = signature != Signature::kOther && signature != Signature::kGarbage;
    if (known || hypervisor_bit != false) found.push_back(signature);
  }
  return found;
}

// TLFS HV_PARTITION_PRIVILEGE_MASK: the root partition may create partitions (EBX bit 0) and
// manage processors (bit 12); isolated guests (bit 22) do not count, as in Linux' mshyperv.c.
std::optional<bool> RootPartition(Look& look, const CpuView& cpu) {
  if (cpu.hypervisor_bit == false) return false;
  if (cpu.signatures.empty()) return std::nullopt;
  if (cpu.Leading() != Signature::kMicrosoft) return false;
  const CpuidReading* privileges = look.Cpuid("cpuid:40000003");
  if (!privileges) return std::nullopt;
  const CpuidReading* interface = look.Cpuid("cpuid:40000001");
  if (look.Closed("cpuid:40000001")) return std::nullopt;
  constexpr std::uint32_t kHv1 = 0x31237648;  // "Hv#1"
  if (interface && interface->eax != kHv1) return false;
  return (privileges->ebx & (Bit(0) | Bit(12))) != 0 && (privileges->ebx & Bit(22)) == 0;
}

// Windows on ARM answers CPUID to x86 programs, as Rosetta does ("VirtualApple"): that tells of the
// emulator. Source: GetNativeSystemInfo documentation; VMAware#448.
bool IsEmulated(Look& look) {
  constexpr auto kMachine = "api:native_machine";
  if (look.evidence().items.contains(kMachine)) {
    auto machine = look.Text(kMachine);
    if (machine && EqualsIgnoreCase(*machine, "arm64")) return true;
  }
  constexpr std::uint32_t kVirt = 0x74726956;
  const auto* leaf = std::get_if<CpuidReading>(&look.evidence().At("cpuid:0"));
  return leaf && leaf->ebx == kVirt && look.Cpuid("cpuid:0");
}

// Which of the two extensions this maker's processors have; both must be clear if it is not known.
enum class Maker { kIntel, kAmd, kUnknown };
Maker MakerOf(Look& look) {
  const CpuidReading* leaf = look.Cpuid("cpuid:0");
  if (!leaf) return Maker::kUnknown;
  if (leaf->ebx == 0x756E6547) return Maker::kIntel;                           // "Genu"
  if (leaf->ebx == 0x68747541 || leaf->ebx == 0x6F677948) return Maker::kAmd;  // "Auth", "Hygo"
  return Maker::kUnknown;
}

}  // namespace

std::optional<bool> HasCpuFlag(Look& look, std::string_view flag) {
  auto text = look.Text("file:/proc/cpuinfo");
  if (!text) return std::nullopt;
  for (std::string_view line : Split(*text, '\n')) {
    if (!line.starts_with("flags")) continue;
    auto words = Split(line.substr(std::min(line.find(':') + 1, line.size())), ' ');
    return std::ranges::find(words, flag) != words.end();
  }
  return std::nullopt;
}

bool CpuView::Shows(Signature signature) const {
  return std::ranges::find(signatures, signature) != signatures.end();
}

std::optional<Signature> CpuView::Leading() const {
  std::optional<Signature> leading;
  for (Signature signature : signatures) {
    bool better = !leading || *leading == Signature::kMicrosoft || *leading == Signature::kGarbage;
    if (better && signature != Signature::kGarbage) leading = signature;
    if (!leading) leading = signature;
  }
  return leading;
}

CpuView ReadCpu(Look& look) {
  CpuView cpu;
  cpu.emulated = IsEmulated(look);
  if (cpu.emulated) {
    cpu.has_cpuid = false;
    return cpu;
  }
  cpu.hypervisor_bit = HypervisorBit(look);
  const auto* missing = std::get_if<MissingReading>(&look.evidence().At("cpuid:1"));
  cpu.has_cpuid = !(missing && missing->why == Missing::kAbsent);
  cpu.signatures = Signatures(look, cpu.hypervisor_bit);
  // A Xen guest whose processor is not virtualized shows nothing there; its kernel knows.
  constexpr auto kKernelSays = "file:/sys/hypervisor/type";
  const auto* kind = std::get_if<TextReading>(&look.evidence().At(kKernelSays));
  if (kind && Trim(kind->text) == "xen" && !cpu.Shows(Signature::kXen)) {
    look.Text(kKernelSays);
    cpu.signatures.push_back(Signature::kXen);
  }
  cpu.root_partition = RootPartition(look, cpu);
  return cpu;
}

// TLFS: leaf 4 EAX bit 12, "nested within a Hyper-V partition"; leaf 6 EAX bits 10 to 13, the
// level of nesting. Both are clear in all recorded root partitions on bare metal.
bool IsNestedInHyperV(Look& look, const CpuView& cpu) {
  if (cpu.hypervisor_bit == false || cpu.Leading() != Signature::kMicrosoft) return false;
  const CpuidReading* hints = look.Cpuid("cpuid:40000004");
  if (hints && (hints->eax & Bit(12)) != 0) return true;
  const CpuidReading* level = look.Cpuid("cpuid:40000006");
  return level && (level->eax >> 10 & 0xF) != 0;
}

std::optional<bool> ShowsVirtualization(Look& look, const CpuView& cpu) {
  if (cpu.emulated) return std::nullopt;
  const CpuidReading* basic = look.Cpuid("cpuid:1");
  std::optional<bool> vmx, svm;
  if (basic) vmx = (basic->ecx & Bit(5)) != 0;
  if (!basic) vmx = HasCpuFlag(look, "vmx");
  if (vmx == true) return true;
  const CpuidReading* extended = look.Cpuid("cpuid:80000001");
  if (extended) svm = (extended->ecx & Bit(2)) != 0;
  if (!extended) svm = HasCpuFlag(look, "svm");
  if (svm == true) return true;
  // Whoever runs on its own hypervisor does not see the bits any more.
  if (cpu.root_partition != false) return std::nullopt;
  Maker maker = MakerOf(look);
  if (maker == Maker::kIntel) return vmx;
  if (maker == Maker::kAmd) return svm;
  return AnyOf({vmx, svm});
}

}  // namespace vdiwatch::agent
