#include "agent/probe/probe.h"

#include "agent/probe/form.h"
#include "agent/probe/smbios.h"
#include "agent/probe/subjects.h"
#include "base/text.h"
#include "report/fact_set.h"

namespace vdiwatch::agent {
namespace {

// What a broker or a file gives as text may be anything; what no message can carry is no answer.
void RefuseUnsendable(Facts& facts) {
  for (auto& [key, fact] : facts) {
    auto text = fact.AsText();
    if (!text || (text->size() <= kMaxFactTextBytes && IsUtf8(*text))) continue;
    fact = Unknown(Missing::kFailed, std::move(fact.sources));
  }
}

}  // namespace

Facts Interpret(const Evidence& evidence) {
  const Evidence decoded = WithCheckedForms(WithDecodedSmbios(evidence));
  Facts facts;
  ProbePlatform(decoded, facts);
  ProbeNestedVirtualization(decoded, facts);
  ProbeResources(decoded, facts);
  ProbeOs(decoded, facts);
  ProbeFeatures(decoded, facts);
  ProbeWsl(decoded, facts);
  ProbeVdi(decoded, facts);
  ProbePersistence(decoded, facts);
  ProbeConfigured(decoded, facts);
  ProbeDockerDesktop(decoded, facts);
  RefuseUnsendable(facts);
  return facts;
}

}  // namespace vdiwatch::agent
