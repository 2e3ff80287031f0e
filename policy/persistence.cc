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

Fact PersistenceVerdict(const Fact& declared, const Fact& observed) {
  if (declared.value() && observed.value()) {
    return SameAnswer(declared, observed) ? observed : Known("conflict");
  }
  if (observed.value()) return observed;
  if (declared.value()) return declared;
  return Unknown(Missing::kUndetermined);
}

}  // namespace vdiwatch::policy
