#include "server/query.h"

namespace vdiwatch::server {

Result<std::int64_t> NumberOr(const Call& call, std::string_view name, std::int64_t fallback,
                              std::int64_t least, std::int64_t most) {
  const std::string_view text = call.Query(name);
  if (text.empty()) return fallback;
  const auto number = ParseInteger(text);
  if (number && *number >= least && *number <= most) return *number;
  return Invalid(fmt::format("{} must be a number from {} to {}", name, least, most));
}

Result<Time> TimeOr(const Call& call, std::string_view name, Time fallback) {
  const std::string_view text = call.Query(name);
  if (text.empty()) return fallback;
  const auto time = ParseTime(text);
  if (time) return *time;
  return Invalid(fmt::format("{} must be a time such as 2026-11-01T00:00:00Z", name));
}

std::string CursorText(PairCursor cursor) {
  return fmt::format("{}.{}", cursor.first, cursor.second);
}

Result<std::optional<PairCursor>> ReadCursor(const Call& call) {
  const std::string_view text = call.Query("cursor");
  if (text.empty()) return std::optional<PairCursor>();
  const auto parts = Split(text, '.');
  const auto first = parts.size() == 2 ? ParseInteger(parts[0]) : std::nullopt;
  const auto second = parts.size() == 2 ? ParseInteger(parts[1]) : std::nullopt;
  if (!first || !second) return Invalid("cursor is not one that this list gave");
  return std::optional(PairCursor(*first, *second));
}

}  // namespace vdiwatch::server
