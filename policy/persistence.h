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

// How many of a pool's desktops were seen to keep their disk, and how many to lose it.
struct PoolPersistence {
  std::int64_t persistent = 0;
  std::int64_t non_persistent = 0;
};
// persistence.pool_pattern: what at least nine in ten of at least five observed desktops of the
// pool turned out to be. A prior for members that nobody saw restart, never proof.
Fact PoolPattern(const PoolPersistence& seen);

// What speaks for and against a desktop's persistence. Each may be missing.
struct PersistenceSignals {
  Fact declared;      // by the product that provisions it
  Fact observed;      // from its own boots
  Fact pool_pattern;  // from its pool's
};
// persistence.verdict: what was observed; `conflict` where something else was declared. Before
// that, what was declared, else the pool's pattern; undetermined where these two disagree.
Fact PersistenceVerdict(const PersistenceSignals& signals);
// persistence.basis: which of the signals the verdict rests on.
Fact PersistenceBasis(const PersistenceSignals& signals);

}  // namespace vdiwatch::policy
