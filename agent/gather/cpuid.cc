#include "agent/gather/cpuid.h"

#include <fmt/format.h>

// The one question of the processor's architecture: only x86 has the instruction.
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

namespace vdiwatch::agent {
namespace {

constexpr std::uint32_t kHypervisorBase = 0x40000000;

std::string Locator(std::uint32_t leaf) { return fmt::format("cpuid:{:x}", leaf); }

void Lacks(Evidence& evidence, std::uint32_t leaf, std::string why) {
  evidence.items[Locator(leaf)] = MissingReading{Missing::kAbsent, std::move(why)};
}

#if defined(__x86_64__) || defined(__i386__)

CpuidReading Execute(std::uint32_t leaf) {
  CpuidReading reading;
  __cpuid_count(leaf, 0, reading.eax, reading.ebx, reading.ecx, reading.edx);
  return reading;
}

void GatherLeaf(Evidence& evidence, std::uint32_t leaf, std::uint32_t highest) {
  if (leaf > highest) return Lacks(evidence, leaf, "the processor has no such leaf");
  evidence.items[Locator(leaf)] = Execute(leaf);
}

// Each base that answers (its EAX names a leaf of its own range), and what follows the first.
// Linux' hypervisor_cpuid_base() searches the same range.
void GatherHypervisor(Evidence& evidence) {
  constexpr std::uint32_t kStep = 0x100, kLast = 0x40010000, kMostLeaves = 12;
  const CpuidReading first = Execute(kHypervisorBase);
  evidence.items[Locator(kHypervisorBase)] = first;
  for (std::uint32_t leaf = kHypervisorBase + 1; leaf <= kHypervisorBase + kMostLeaves; ++leaf) {
    if (leaf > first.eax) break;
    evidence.items[Locator(leaf)] = Execute(leaf);
  }
  for (std::uint32_t base = kHypervisorBase + kStep; base <= kLast; base += kStep) {
    CpuidReading reading = Execute(base);
    if (reading.eax >= base && reading.eax < base + kStep) evidence.items[Locator(base)] = reading;
  }
}

#endif

}  // namespace

void GatherCpuid(Evidence& evidence) {
#if defined(__x86_64__) || defined(__i386__)
  const std::uint32_t basic = Execute(0).eax;
  const std::uint32_t extended = Execute(0x80000000).eax;
  GatherLeaf(evidence, 0, basic);
  GatherLeaf(evidence, 1, basic);
  GatherLeaf(evidence, 0x80000001, extended);
  GatherLeaf(evidence, 0x8000000A, extended);
  constexpr std::uint32_t kHypervisorBit = 1u << 31;
  if (basic >= 1 && (Execute(1).ecx & kHypervisorBit)) return GatherHypervisor(evidence);
  Lacks(evidence, kHypervisorBase, "the hypervisor bit is clear");
#else
  for (std::uint32_t leaf : {0u, 1u, 0x80000001u, 0x8000000Au, kHypervisorBase}) {
    Lacks(evidence, leaf, "this processor has no CPUID");
  }
#endif
}

}  // namespace vdiwatch::agent
