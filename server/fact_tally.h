#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "server/verdict_index.h"

namespace vdiwatch::server {

// What a pool's reporting desktops are, by fact and by its answer in words: from profile counts.
using FactTally = std::map<std::string, std::map<std::string, std::int64_t>, std::less<>>;
Result<FactTally> TallyFacts(FactIndex& facts, const std::vector<JudgedProfile>& profiles);

// [{value, desktops}] of one fact, the most frequent first.
Json FactValuesJson(const FactTally& tally, std::string_view key);

}  // namespace vdiwatch::server
