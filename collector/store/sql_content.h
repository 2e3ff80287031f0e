#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/result.h"
#include "collector/store/connection.h"

namespace vdiwatch::collector {

// What is named by a digest: finding it answers its raw digest and its id.
inline constexpr std::string_view kFindFactSet =
    "SELECT digest, id FROM fact_set WHERE digest = ?1";
inline constexpr std::string_view kFindReadings =
    "SELECT digest, id FROM readings WHERE digest = ?1";
inline constexpr std::string_view kFindState = "SELECT digest, id FROM state_set WHERE digest = ?1";
inline constexpr std::string_view kFindProfile = "SELECT digest, id FROM profile WHERE digest = ?1";

// Ids by raw digest.
using IdsByDigest = std::unordered_map<std::string, std::int64_t>;

// The ids of those that are stored; digests may repeat and be empty.
Result<IdsByDigest> FindIds(Connection& db, std::string_view find,
                            const std::vector<std::string>& raw_digests);

// The id behind a profile's digest; conflict, with the digest, if it is not stored.
Result<std::int64_t> RequireProfile(const IdsByDigest& profiles, const std::string& raw_digest);

// Hands `rows` to `write` in runs in which no key repeats: a statement over many rows writes each
// once. Within a run their order does not matter.
template <class T, class KeyOf, class Write>
Result<void> WriteInRuns(std::span<const T> rows, KeyOf key_of, Write write) {
  std::unordered_set<std::decay_t<std::invoke_result_t<KeyOf&, const T&>>> seen;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (seen.insert(key_of(rows[i])).second) continue;
    RETURN_IF_ERROR(write(rows.subspan(begin, i - begin)));
    begin = i;
    seen = {key_of(rows[i])};
  }
  return begin < rows.size() ? write(rows.subspan(begin)) : Result<void>();
}

}  // namespace vdiwatch::collector
