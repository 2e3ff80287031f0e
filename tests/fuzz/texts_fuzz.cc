// Any text in every planned place that holds text: Docker's settings, personality files, the
// kernel's tables, registry values, metadata.
#include "agent/gather/imds.h"
#include "agent/gather/plan.h"
#include "tests/fuzz/sound_facts.h"

using namespace vdiwatch;

namespace {

// The first byte says which of the places hold the text; the others stay empty-handed.
void Interpret(std::string_view os, unsigned char chosen, const std::string& text) {
  agent::Evidence evidence;
  evidence.os = os;
  unsigned int number = 0;
  for (const agent::PlanItem& item : agent::Plan()) {
    if (item.os != os && item.os != "any") continue;
    if (item.locator.starts_with("cpuid:") || item.locator == "smbios:raw") continue;
    std::string locator(item.locator);
    if (auto star = locator.find('*'); star != locator.npos) locator.replace(star, 1, "1");
    if (chosen == 0 || number++ % 8 == chosen % 8u) {
      evidence.items[locator] = agent::TextReading{text};
    } else {
      evidence.items[locator] = agent::MissingReading{Missing::kAbsent, ""};
    }
  }
  fuzz::DemandSoundFacts(evidence);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  Interpret("windows", data[0], text);
  Interpret("linux", data[0], text);
  (void)agent::ReduceAzureMetadata(text);
  (void)agent::ReduceAzureMetadata("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" +
                                   text);
  (void)agent::IsWholeResponse(text);
  return 0;
}
