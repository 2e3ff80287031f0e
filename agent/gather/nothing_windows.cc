#include "agent/gather/imds.h"
#include "agent/gather/plan.h"
#include "base/digest.h"

namespace vdiwatch::agent {

Evidence Gather(const std::string&) {
  Evidence evidence;
  evidence.os = "windows";
  evidence.collected_at =
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  evidence.provenance = "recorded by vdiwatch-agent " VDIWATCH_VERSION;
  return evidence;
}

RawClaims GatherClaims() { return {}; }

Result<std::string> BootId() {
  static const std::string id = Hex(RandomBytes(16));
  return id;
}

Reading ReadAzureMetadata(const MetadataService&) { return MissingReading{}; }

}  // namespace vdiwatch::agent
