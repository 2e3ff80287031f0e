#pragma once

#include <string>
#include <string_view>

#include "agent/evidence.h"

namespace vdiwatch::sim {

// Builds the evidence of a believable Windows desktop, reading by reading, as an agent would have
// gathered it: whatever is not set was looked for and is absent.
class WindowsMachine {
 public:
  WindowsMachine();

  // The platform beneath. A guest that uses nested virtualization is the root partition of its own
  // Hyper-V, which hides the outer hypervisor's leaves and the CPU's bits.
  enum class Nesting { kHidden, kExposed, kInUse };
  WindowsMachine& OnVmware(Nesting nesting);
  WindowsMachine& OnAzure(std::string_view size, std::string_view vm_id, Nesting nesting);
  WindowsMachine& OnXenServer();
  WindowsMachine& OnNutanix(Nesting nesting);
  WindowsMachine& WithResources(int processors, int memory_gib);

  WindowsMachine& WithWsl(std::string_view version);
  WindowsMachine& WithHorizon(std::string_view pool, bool instant_clone);
  WindowsMachine& WithCitrixMcs(std::string_view group, bool persists);
  WindowsMachine& WithAvd(std::string_view host_pool);
  WindowsMachine& WithFrame();
  // `instances`: users that run it at this moment.
  WindowsMachine& WithDocker(std::string_view version, std::string_view installed, int instances);
  WindowsMachine& Denied(std::string_view locator);

  agent::Evidence Record(Time at) const;

 private:
  void Set(std::string_view locator, agent::Reading reading);
  void SetText(std::string_view locator, std::string_view text);
  void SetNumber(std::string_view locator, std::int64_t number);
  void SetRunning(std::string_view service);
  void SetLeaf(std::string_view locator, agent::CpuidReading leaf);
  void SetHypervisor(std::string_view signature, bool exposed);
  void SetRootPartition();

  agent::Evidence evidence_;
};

}  // namespace vdiwatch::sim
