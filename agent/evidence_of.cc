#include "agent/evidence_of.h"

#include "agent/config.h"
#include "agent/configured.h"
#include "agent/gather/plan.h"
#include "agent/path.h"
#include "base/file.h"

namespace vdiwatch::agent {
namespace {

constexpr std::size_t kMaxEvidenceBytes = 16 << 20;

// This machine's, with what its administrator says in the usual place.
Evidence OwnEvidence() {
  Evidence evidence = Gather();
  auto config = LoadConfig({.file = DefaultConfigFile()}, Needs::kState);
  if (config) AddSettings(*config, evidence);
  if (!config) AddMissingSettings(config.error(), evidence);
  return evidence;
}

}  // namespace

Result<Evidence> EvidenceOf(const std::string& file) {
  if (file.empty()) return OwnEvidence();
  ASSIGN_OR_RETURN(std::string text, ReadFile(PathOf(file), kMaxEvidenceBytes));
  return EvidenceFromText(text, file);
}

}  // namespace vdiwatch::agent
