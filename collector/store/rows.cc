#include "collector/store/rows.h"

#include <fmt/format.h>

#include <charconv>

namespace vdiwatch::collector {

std::string IdText(std::int64_t id) { return fmt::format("{:016x}", id); }

std::optional<std::int64_t> ParseIdText(std::string_view text) {
  std::int64_t id = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id, 16);
  bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && text.size() == 16 && id > 0 ? std::optional(id) : std::nullopt;
}

std::string_view ToString(Presence presence) {
  switch (presence) {
    case Presence::kLive:
      return "live";
    case Presence::kOff:
      return "off";
    case Presence::kStale:
      return "stale";
    case Presence::kRetired:
      return "retired";
  }
  return "live";
}

std::optional<Presence> ParsePresence(std::string_view text) {
  for (auto presence : {Presence::kLive, Presence::kOff, Presence::kStale, Presence::kRetired}) {
    if (ToString(presence) == text) return presence;
  }
  return std::nullopt;
}

std::string_view ToString(IncarnationState state) {
  switch (state) {
    case IncarnationState::kLive:
      return "live";
    case IncarnationState::kProvisional:
      return "provisional";
    case IncarnationState::kSuperseded:
      return "superseded";
    case IncarnationState::kCloned:
      return "cloned";
    case IncarnationState::kRevoked:
      return "revoked";
    case IncarnationState::kChallenged:
      return "challenged";
  }
  return "live";
}

}  // namespace vdiwatch::collector
