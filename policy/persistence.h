#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "report/fact.h"
#include "report/messages.h"

namespace vdiwatch::policy {

// One boot of a desktop as a check-in told it.
struct Boot {
  std::string boot_id;
  Canary canary;
};

// What a new check-in says about the boots in between.
enum class BootEvent {
  kFirst,     // nothing is known yet
  kSame,      // still the same boot
  kSurvived,  // a new boot, and the canary lived through it
  kReset,     // a new boot, and the desktop came back without its canary, or with an older one
  kRestored,  // a new boot with the known canary, but it has lived through fewer boots: a snapshot
};
BootEvent ClassifyBoot(const std::optional<Boot>& last, const Boot& now);

// Counts over a desktop's life.
struct BootHistory {
  std::int64_t survived = 0;
  std::int64_t resets = 0;
  std::int64_t resets_in_a_row = 0;  // since the last survived boot
  bool operator==(const BootHistory&) const = default;
};
BootHistory Advance(BootHistory history, BootEvent event);

// persistence.observed: one reset is a rebuild; two or more in a row are non-persistence.
Fact ObservedPersistence(const BootHistory& history);
// "came back without its memory after 3 of 3 restarts"
std::string DescribeBoots(const BootHistory& history);

// persistence.verdict: observed if known, else declared; `conflict` where they disagree.
Fact PersistenceVerdict(const Fact& declared, const Fact& observed);

}  // namespace vdiwatch::policy
