// Any bytes as an evidence file: read or refused, and what was read gives sound facts.
#include "tests/fuzz/sound_facts.h"

using namespace vdiwatch;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  auto evidence =
      agent::EvidenceFromText({reinterpret_cast<const char*>(data), size}, "fuzzed evidence");
  if (!evidence) return 0;
  fuzz::DemandSoundFacts(*evidence);
  auto again = agent::EvidenceFromText(agent::EvidenceToText(*evidence), "written evidence");
  fuzz::Demand(again.has_value(), "evidence that can be read again");
  return 0;
}
