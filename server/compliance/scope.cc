#include "server/compliance/scope.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace vdiwatch::server::compliance {
namespace {

constexpr std::string_view kPool = "pool:", kAttribute = "attribute:";
constexpr Seconds kDay{24 * 60 * 60};

bool IsDate(std::string_view text) {
  return text.size() == 10 && text.find('T') == std::string_view::npos;
}

}  // namespace

Result<Scope> ParseScope(std::string_view text) {
  if (text.empty() || text == "fleet") return Scope{};
  if (text.starts_with(kPool) && text.size() > kPool.size()) {
    return Scope{Scope::Kind::kPool, "", std::string(text.substr(kPool.size()))};
  }
  if (text.starts_with(kAttribute)) {
    const std::string_view pair = text.substr(kAttribute.size());
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && equals > 0) {
      return Scope{Scope::Kind::kAttribute, std::string(pair.substr(0, equals)),
                   std::string(pair.substr(equals + 1))};
    }
  }
  return Invalid(fmt::format("scope cannot be '{}'; it is fleet, pool:NAME or attribute:KEY=VALUE",
                             Printable(text)));
}

std::string ToString(const Scope& scope) {
  switch (scope.kind) {
    case Scope::Kind::kPool:
      return fmt::format("{}{}", kPool, scope.value);
    case Scope::Kind::kAttribute:
      return fmt::format("{}{}={}", kAttribute, scope.key, scope.value);
    case Scope::Kind::kFleet:
      break;
  }
  return "fleet";
}

std::string InWords(const Scope& scope) {
  switch (scope.kind) {
    case Scope::Kind::kPool:
      return "pool " + scope.value;
    case Scope::Kind::kAttribute:
      return fmt::format("the pools with {} = {}", scope.key, scope.value);
    case Scope::Kind::kFleet:
      break;
  }
  return "the fleet";
}

bool Includes(const Scope& scope, const policy::PoolSpec& pool, std::string_view name) {
  if (scope.kind == Scope::Kind::kFleet) return true;
  if (scope.kind == Scope::Kind::kPool) return name == scope.value;
  const auto found = pool.attributes.find(scope.key);
  return found != pool.attributes.end() && found->second == scope.value;
}

Result<Time> ParseAsOf(std::string_view text, Time now) {
  if (text.empty()) return now;
  const bool date = IsDate(text);
  const auto time = ParseTime(date ? std::string(text) + "T00:00:00Z" : std::string(text));
  if (!time) {
    return Invalid(
        fmt::format("at cannot be '{}'; it is a day, such as 2026-11-01, or a time, such "
                    "as 2026-11-01T08:00:00Z",
                    Printable(text)));
  }
  if (*time > now) return Invalid(fmt::format("at: {} is in the future", Printable(text)));
  return date ? std::min(now, *time + kDay - Seconds(1)) : *time;
}

}  // namespace vdiwatch::server::compliance
