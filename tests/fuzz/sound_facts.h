#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "agent/evidence.h"
#include "agent/facts_table.h"
#include "agent/probe/probe.h"
#include "report/fact_set.h"
#include "report/messages.h"

namespace vdiwatch::fuzz {

// What must never happen, and is as bad as a crash.
inline void Demand(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

// Whatever was read, the facts and readings can be shown and sent.
inline void DemandSoundFacts(const agent::Evidence& evidence) {
  Facts facts = agent::Interpret(evidence);
  Demand(FactsFromJson(FactsToJson(facts, Sources::kInclude)).has_value(),
         "facts that the wire accepts");
  Demand(!agent::FactsTable(facts, evidence).empty(), "a table for people");
  Demand(CheckReadings(agent::DecisiveReadings(evidence, facts)).has_value(),
         "readings that the wire accepts");
}

}  // namespace vdiwatch::fuzz
