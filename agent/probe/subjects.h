#pragma once

#include "agent/evidence.h"
#include "report/fact.h"

namespace vdiwatch::agent {

// One probe a subject, in the order in which they run: each adds its facts and may stand on those
// before it. Pure, never fail.
void ProbePlatform(const Evidence& evidence, Facts& facts);
void ProbeNestedVirtualization(const Evidence& evidence, Facts& facts);
void ProbeResources(const Evidence& evidence, Facts& facts);
void ProbeOs(const Evidence& evidence, Facts& facts);
void ProbeFeatures(const Evidence& evidence, Facts& facts);
void ProbeWsl(const Evidence& evidence, Facts& facts);
void ProbeVdi(const Evidence& evidence, Facts& facts);
void ProbePersistence(const Evidence& evidence, Facts& facts);
// Fills what no product told with the administrator's word, and says where the two contradict.
void ProbeConfigured(const Evidence& evidence, Facts& facts);
void ProbeDockerDesktop(const Evidence& evidence, Facts& facts);

}  // namespace vdiwatch::agent
