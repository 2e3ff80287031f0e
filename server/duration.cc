#include "server/duration.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/text.h"

namespace vdiwatch::server {
namespace {

constexpr std::array<std::pair<char, std::int64_t>, 4> kUnits = {
    {{'d', 86'400}, {'h', 3'600}, {'m', 60}, {'s', 1}}};
constexpr std::int64_t kLongest = 100LL * 366 * 86'400;

}  // namespace

std::optional<Seconds> ParseDuration(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const auto count = ParseInteger(text.substr(0, text.size() - 1));
  for (const auto& [unit, seconds] : kUnits) {
    if (text.back() != unit) continue;
    if (!count || *count <= 0 || *count > kLongest / seconds) return std::nullopt;
    return Seconds(*count * seconds);
  }
  return std::nullopt;
}

std::string FormatDuration(Seconds span) {
  for (const auto& [unit, seconds] : kUnits) {
    if (span.count() % seconds == 0) return fmt::format("{}{}", span.count() / seconds, unit);
  }
  return fmt::format("{}s", span.count());
}

}  // namespace vdiwatch::server
