// libFuzzer target: any bytes as an evidence file, then as a raw SMBIOS table.
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. tests/fuzz/interpret_fuzz.cc
//   \
//     agent/evidence*.cc agent/decisive_readings.cc agent/facts_table.cc agent/probe/*.cc \
//     report/*.cc base/*.cc -lfmt -lcrypto -lyaml-cpp -o interpret_fuzz
//   ./interpret_fuzz -max_len=65536 CORPUS   (one file a machine: the `evidence` of *.jsonl)
#include <cstdlib>

#include "agent/evidence.h"
#include "agent/facts_table.h"
#include "agent/probe/probe.h"
#include "agent/probe/smbios.h"
#include "report/fact_set.h"

using namespace vdiwatch;
using namespace vdiwatch::agent;

namespace {

// Facts that the wire would refuse are as bad as a crash.
void Check(const Evidence& evidence) {
  Facts facts = Interpret(evidence);
  if (!FactsFromJson(FactsToJson(facts, Sources::kInclude))) std::abort();
  (void)FactsTable(facts);
  (void)DecisiveReadings(evidence, facts);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto evidence = EvidenceFromText(bytes, "fuzz")) Check(*evidence);
  Evidence firmware;
  firmware.os = "windows";
  firmware.items["smbios:raw"] = BytesReading{std::string(bytes)};
  Check(firmware);
  (void)WithoutSerials(bytes);
  return 0;
}
