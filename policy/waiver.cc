#include "policy/waiver.h"

#include <fmt/format.h>

namespace vdiwatch::policy {
namespace {

constexpr Seconds kExpiringFor{14 * 24 * 60 * 60};

bool IsDate(std::string_view expires) { return expires.find('T') == std::string_view::npos; }

}  // namespace

std::string_view ToString(WaiverState state) {
  switch (state) {
    case WaiverState::kScheduled:
      return "scheduled";
    case WaiverState::kActive:
      return "active";
    case WaiverState::kExpiring:
      return "expiring";
    case WaiverState::kUnused:
      return "unused";
    case WaiverState::kExpired:
      return "expired";
  }
  return "active";
}

bool IsInForce(const Waiver& waiver, Time at) {
  return at < waiver.ends && (!waiver.starts || *waiver.starts <= at);
}

WaiverState StateOf(const Waiver& waiver, bool excuses_something, Time at) {
  if (at >= waiver.ends) return WaiverState::kExpired;
  if (!IsInForce(waiver, at)) return WaiverState::kScheduled;
  if (!excuses_something) return WaiverState::kUnused;
  return waiver.ends - at <= kExpiringFor ? WaiverState::kExpiring : WaiverState::kActive;
}

std::string UntilText(const Waiver& waiver) {
  return IsDate(waiver.expires) ? fmt::format("until the end of {} (UTC)", waiver.expires)
                                : "until " + waiver.expires;
}

std::string ExcuseText(const Waiver& waiver) {
  std::string_view stop = waiver.reason.ends_with('.') ? "" : ".";
  return fmt::format("Waived by {} {}: {}{}", waiver.owner, UntilText(waiver), waiver.reason, stop);
}

std::string ScopeText(const Waiver& waiver) {
  if (waiver.desktop.empty()) return "pool " + waiver.pool;
  if (waiver.pool.empty()) return "desktop " + waiver.desktop;
  return fmt::format("desktop {} in pool {}", waiver.desktop, waiver.pool);
}

}  // namespace vdiwatch::policy
