#include "agent/probe/platform_decision.h"
#include "agent/probe/subjects.h"

namespace vdiwatch::agent {
namespace {

Fact Role(const Look& look, std::optional<bool> guest) {
  if (!guest) return look.NoAnswer();
  return look.Answer(*guest ? "guest" : "host");
}

// ESXi, Workstation and Fusion show the same strings; only what runs on vSphere alone tells.
Fact Product(const Evidence& evidence, std::string_view kind, const Look& platform) {
  if (kind.empty()) return platform.NoAnswer();
  if (kind != "vmware") return platform.Without(Missing::kAbsent);
  Look look(evidence);
  // Instant and linked clones are made by vCenter (Horizon architecture guide).
  auto clone = AnyOf({look.Runs("vmware-viewcomposer-ga"), look.Runs("omn-instantclone-ga")});
  return clone == true ? look.Answer("esxi") : platform.Without(Missing::kUndetermined);
}

Fact RunsOwnHypervisor(const CpuView& cpu, const Look& look) {
  if (!cpu.root_partition) return look.NoAnswer();
  return look.Answer(*cpu.root_partition);
}

}  // namespace

void ProbePlatform(const Evidence& evidence, Facts& facts) {
  Look cpu_look(evidence);
  CpuView cpu = ReadCpu(cpu_look);
  facts["platform.runs_own_hypervisor"] = RunsOwnHypervisor(cpu, cpu_look);

  Look look(evidence);
  look.AddSources(cpu_look.sources());
  Board board = ReadBoard(look);
  PlatformDecision decision = DecidePlatform(look, cpu, board);
  // Some of it was always read in vain; what matters is that it did not decide.
  bool nothing_read = look.sources().empty();
  Fact undecided = look.Without(nothing_read ? Missing::kNotGathered : Missing::kUndetermined);
  facts["platform.kind"] =
      decision.kind.empty() ? undecided : look.Answer(std::string(decision.kind));
  facts["platform.role"] = decision.guest ? Role(look, decision.guest) : undecided;
  facts["platform.product"] = Product(evidence, decision.kind, look);
}

}  // namespace vdiwatch::agent
