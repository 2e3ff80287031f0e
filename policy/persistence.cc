#include "policy/persistence.h"

#include <fmt/format.h>

namespace vdiwatch::policy {

BootEvent ClassifyBoot(const std::optional<Boot>& last, const Boot& now) {
  if (!last) return BootEvent::kFirst;
  if (last->boot_id == now.boot_id) return BootEvent::kSame;
  if (last->canary.id != now.canary.id) return BootEvent::kReset;
  if (now.canary.boots > last->canary.boots) return BootEvent::kSurvived;
  // The canary was baked into an image: each boot counts on from the image's number.
  if (now.canary.boots == last->canary.boots) return BootEvent::kReset;
  return BootEvent::kRestored;
}

BootHistory Advance(BootHistory history, BootEvent event) {
  switch (event) {
    case BootEvent::kFirst:
    case BootEvent::kSame:
      break;
    case BootEvent::kSurvived:
      ++history.survived;
      history.resets_in_a_row = 0;
      break;
    case BootEvent::kReset:
    case BootEvent::kRestored:
      ++history.resets;
      ++history.resets_in_a_row;
      break;
  }
  return history;
}

Fact ObservedPersistence(const BootHistory& history) {
  if (history.resets_in_a_row >= 2) return Known("non_persistent");
  if (history.survived > 0) return Known("persistent");
  return Unknown(Missing::kUndetermined);
}

std::string DescribeBoots(const BootHistory& history) {
  auto boots = history.survived + history.resets;
  auto times = [&](std::int64_t n) {
    return fmt::format("{} of {} {}", n, boots, boots == 1 ? "restart" : "restarts");
  };
  if (boots == 0) return "not restarted since it was first seen";
  if (history.resets == 0) return fmt::format("kept its memory through {}", times(boots));
  return fmt::format("came back without its memory after {}", times(history.resets));
}

Fact PoolPattern(const PoolPersistence& seen) {
  constexpr std::int64_t kLeastDesktops = 5;
  const std::int64_t all = seen.persistent + seen.non_persistent;
  if (all < kLeastDesktops) return Unknown(Missing::kUndetermined);
  auto most_are = [&](std::int64_t some) { return some * 10 >= all * 9; };
  if (most_are(seen.persistent)) return Known("persistent");
  if (most_are(seen.non_persistent)) return Known("non_persistent");
  return Unknown(Missing::kUndetermined);
}

Fact PersistenceVerdict(const PersistenceSignals& signals) {
  const auto& [declared, observed, pattern] = signals;
  if (observed.value()) {
    bool conflict = declared.value() && !SameAnswer(declared, observed);
    return conflict ? Known("conflict") : observed;
  }
  if (!declared.value()) return pattern.value() ? pattern : Unknown(Missing::kUndetermined);
  bool doubtful = pattern.value() && !SameAnswer(declared, pattern);
  return doubtful ? Unknown(Missing::kUndetermined) : declared;
}

Fact PersistenceBasis(const PersistenceSignals& signals) {
  if (signals.observed.value()) return Known("observed");
  if (!PersistenceVerdict(signals).value()) return Unknown(Missing::kUndetermined);
  return Known(signals.declared.value() ? "declared" : "pool_pattern");
}

}  // namespace vdiwatch::policy
