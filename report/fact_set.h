#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "report/catalogue.h"
#include "report/fact.h"

namespace vdiwatch {

// {"platform.kind":{"value":"vmware"},"azure.vm_size":{"missing":"absent"}}; with sources if asked.
enum class Sources { kLeaveOut, kInclude };
Json FactsToJson(const Facts& facts, Sources sources);

// Known keys must have the catalogue's type and values; unknown keys are kept if well-formed (an
// agent newer than this collector). At most 512 facts.
inline constexpr std::size_t kMaxFactTextBytes = 4096;
Result<Facts> FactsFromJson(const Json& json);

// Only the facts of these classes.
Facts FactsOfClass(const Facts& facts, FactClass fact_class);

// The fact set as stored and digested: configuration facts, canonical JSON, without sources.
std::string FactSetText(const Facts& facts);

// "sha256:…" over FactSetText: names a fact set.
std::string FactSetDigest(const Facts& facts);

// A facts file, vdiwatch-facts/1 (DESIGN §4): `digest` and sources are optional in it.
Json FactsFileToJson(const Facts& facts);
Result<Facts> FactsFileFromText(std::string_view text, std::string_view what);

}  // namespace vdiwatch
