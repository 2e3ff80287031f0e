#include "server/pool_scope.h"

#include <algorithm>

namespace vdiwatch::server {
namespace {

// Of a text that is a glob itself, only '*' may swallow a '*'.
enum class Text { kName, kGlob };

// Goes back to the last '*' where it gets stuck: no more than length times length steps.
bool Matches(std::string_view glob, std::string_view text, Text kind) {
  std::size_t g = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    const bool one =
        g < glob.size() && glob[g] != '*' &&
        (glob[g] == text[t] || (glob[g] == '?' && (kind == Text::kName || text[t] != '*')));
    if (one) {
      ++g, ++t;
    } else if (g < glob.size() && glob[g] == '*') {
      star = g++;
      resume = t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', g) == std::string_view::npos;
}

bool AnyMatches(const PoolScope& globs, std::string_view text, Text kind) {
  return std::ranges::any_of(globs,
                             [&](const std::string& glob) { return Matches(glob, text, kind); });
}

}  // namespace

bool Covers(const PoolScope& scope, std::string_view pool) {
  return scope.empty() || AnyMatches(scope, pool, Text::kName);
}

bool Within(const PoolScope& inner, const PoolScope& outer) {
  if (outer.empty()) return true;
  return !inner.empty() && std::ranges::all_of(inner, [&](const std::string& glob) {
    return AnyMatches(outer, glob, Text::kGlob);
  });
}

}  // namespace vdiwatch::server
