#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vdiwatch {

using Json = nlohmann::json;

struct JsonLimits {
  std::size_t max_bytes = 1 << 20;
  int max_depth = 16;
  std::size_t max_values = 1 << 22;  // members and elements, at every depth
};

// Strict RFC 8259: one document, UTF-8, no duplicate keys. `what` names it in the error. It stops
// at the first thing it must not accept; the work grows with the bytes, whatever is in them.
Result<Json> ParseJson(std::string_view text, std::string_view what, JsonLimits limits = {});

// RFC 8785 (JCS) for the values we digest: null, booleans, integers within ±2^53, strings, arrays
// and objects with ASCII keys. Asserts on anything else.
std::string CanonicalJson(const Json& value);

// Reading one member of an object; each error names the member. T: bool, std::int64_t, std::string.
// Text is refused past max_bytes or if it is not UTF-8.
template <class T>
Result<T> JsonMember(const Json& object, std::string_view key, std::size_t max_bytes = 1024);
// The same, with `fallback` where the member is missing or null.
template <class T>
Result<T> JsonMemberOr(const Json& object, std::string_view key, T fallback,
                       std::size_t max_bytes = 1024);

extern template Result<bool> JsonMember(const Json&, std::string_view, std::size_t);
extern template Result<std::int64_t> JsonMember(const Json&, std::string_view, std::size_t);
extern template Result<std::string> JsonMember(const Json&, std::string_view, std::size_t);
extern template Result<bool> JsonMemberOr(const Json&, std::string_view, bool, std::size_t);
extern template Result<std::int64_t> JsonMemberOr(const Json&, std::string_view, std::int64_t,
                                                  std::size_t);
extern template Result<std::string> JsonMemberOr(const Json&, std::string_view, std::string,
                                                 std::size_t);

}  // namespace vdiwatch
