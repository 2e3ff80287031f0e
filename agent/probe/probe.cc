#include "agent/probe/probe.h"

#include "agent/probe/smbios.h"
#include "agent/probe/subjects.h"

namespace vdiwatch::agent {

Facts Interpret(const Evidence& evidence) {
  const Evidence decoded = WithDecodedSmbios(evidence);
  Facts facts;
  ProbePlatform(decoded, facts);
  ProbeNestedVirtualization(decoded, facts);
  ProbeResources(decoded, facts);
  ProbeOs(decoded, facts);
  ProbeFeatures(decoded, facts);
  ProbeWsl(decoded, facts);
  ProbeVdi(decoded, facts);
  ProbePersistence(decoded, facts);
  ProbeDockerDesktop(decoded, facts);
  return facts;
}

}  // namespace vdiwatch::agent
