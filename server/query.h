#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "base/text.h"
#include "server/route.h"

namespace vdiwatch::server {

// Reading query parameters; every error names the parameter. An empty one is as good as none.

// A word of a list.
template <class T>
Result<std::optional<T>> OneOf(const Call& call, std::string_view name,
                               std::optional<T> (*parse)(std::string_view)) {
  const std::string_view text = call.Query(name);
  if (text.empty()) return std::optional<T>();
  const auto value = parse(text);
  if (!value) return Invalid(fmt::format("{} cannot be '{}'", name, Printable(text)));
  return value;
}

Result<std::int64_t> NumberOr(const Call& call, std::string_view name, std::int64_t fallback,
                              std::int64_t least, std::int64_t most);
Result<Time> TimeOr(const Call& call, std::string_view name, Time fallback);

// A place in a list that is ordered by two numbers, as `cursor` holds it.
using PairCursor = std::pair<std::int64_t, std::int64_t>;
std::string CursorText(PairCursor cursor);
Result<std::optional<PairCursor>> ReadCursor(const Call& call);

}  // namespace vdiwatch::server
