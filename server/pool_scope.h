#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vdiwatch::server {

// The pools that somebody's access is limited to, as globs of their names: '*' stands for any text,
// '?' for one byte, all else for itself. None: every pool.
using PoolScope = std::vector<std::string>;

bool Covers(const PoolScope& scope, std::string_view pool);

// Whether every pool that `inner` covers, now or later, is one that `outer` covers. Pure syntax: it
// may say no where only luck would make it true.
bool Within(const PoolScope& inner, const PoolScope& outer);

}  // namespace vdiwatch::server
