#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "report/messages.h"

namespace vdiwatch::agent {

// The canary and the boot it was last seen in. It dies with the system disk; the collector tells
// from its comings and goings whether the desktop persists.
struct CanaryRecord {
  Canary canary;
  std::string boot_id;
};

// The record for this boot: a first one where there was none, one boot more in a new boot, the
// same within a boot. Pure but for the random id of a first one.
CanaryRecord CountBoot(const std::optional<CanaryRecord>& last, std::string_view boot_id, Time now);

std::string CanaryToText(const CanaryRecord& record);
Result<CanaryRecord> CanaryFromText(std::string_view text, std::string_view what);

// Reads canary.json of this folder, counts the boot, and writes it back before it returns if
// anything changed. A file that is there but no canary is replaced: what it knew is lost anyway.
Result<Canary> KeepCanary(const std::filesystem::path& folder, std::string_view boot_id, Time now);

}  // namespace vdiwatch::agent
