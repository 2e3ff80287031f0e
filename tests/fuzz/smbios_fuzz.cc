// Any bytes as a raw SMBIOS table: nothing is read past its end, and no serial number survives.
#include "agent/probe/smbios.h"
#include "tests/fuzz/sound_facts.h"

using namespace vdiwatch;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string table(reinterpret_cast<const char*>(data), size);
  agent::Evidence firmware;
  firmware.os = "windows";
  firmware.items["smbios:raw"] = agent::BytesReading{table};
  fuzz::DemandSoundFacts(firmware);

  const std::string kept = agent::WithoutSerials(table);
  fuzz::Demand(agent::WithoutSerials(kept) == kept, "blotting out twice changes nothing");
  auto before = agent::ParseSmbios(table), after = agent::ParseSmbios(kept);
  fuzz::Demand(before.has_value() == after.has_value(), "blotting out keeps the table");
  fuzz::Demand(!before || before->vm_bit == after->vm_bit, "blotting out keeps the VM bit");
  return 0;
}
