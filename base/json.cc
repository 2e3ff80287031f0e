#include "base/json.h"

#include <fmt/format.h>

#include <cassert>
#include <set>
#include <vector>

#include "base/text.h"

namespace vdiwatch {
namespace {

// Checks depth and duplicate keys while nlohmann's reader builds the value.
class Guard {
 public:
  explicit Guard(int max_depth) : max_depth_(max_depth) {}

  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > max_depth_) problem_ = "it is nested too deeply";
    if (event == Json::parse_event_t::object_start) keys_.emplace_back();
    if (event == Json::parse_event_t::object_end) keys_.pop_back();
    if (event == Json::parse_event_t::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys_.back().insert(key).second) {
        problem_ = fmt::format("the key '{}' is there twice", Printable(key, 60));
      }
    }
    return true;
  }

  const std::string& problem() const { return problem_; }

 private:
  const int max_depth_;
  std::vector<std::set<std::string>> keys_;
  std::string problem_;
};

int NestingOf(std::string_view text) {
  int depth = 0, deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

Result<Json> ParseJson(std::string_view text, std::string_view what, JsonLimits limits) {
  if (text.size() > limits.max_bytes) {
    return Invalid(
        fmt::format("{}: {} bytes, at most {} are accepted", what, text.size(), limits.max_bytes));
  }
  if (NestingOf(text) > limits.max_depth) {
    return Invalid(fmt::format("{}: nested deeper than {} levels", what, limits.max_depth));
  }
  Guard guard(limits.max_depth);
  try {
    Json value = Json::parse(text, std::ref(guard));
    if (!guard.problem().empty()) return Invalid(fmt::format("{}: {}", what, guard.problem()));
    return value;
  } catch (const Json::parse_error& error) {
    return Invalid(fmt::format("{}: not JSON at byte {}", what, error.byte));
  } catch (const Json::out_of_range&) {
    return Invalid(fmt::format("{}: a number in it is out of range", what));
  }
}

std::string CanonicalJson(const Json& value) {
  assert(!value.is_number_float() && !value.is_binary());
  // nlohmann keeps object keys sorted by bytes and prints no blanks, which for ASCII keys and
  // integers is what RFC 8785 asks for; it escapes the same control characters, lower-case hex.
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

namespace {

Result<bool> Convert(const Json& member, std::string_view key, std::size_t, bool*) {
  if (!member.is_boolean()) return Invalid(fmt::format("'{}' must be true or false", key));
  return member.get<bool>();
}

Result<std::int64_t> Convert(const Json& member, std::string_view key, std::size_t, std::int64_t*) {
  if (member.is_number_unsigned() && member.get<std::uint64_t>() > (1ULL << 53)) {
    return Invalid(fmt::format("'{}' is out of range", key));
  }
  if (!member.is_number_integer()) return Invalid(fmt::format("'{}' must be a whole number", key));
  return member.get<std::int64_t>();
}

Result<std::string> Convert(const Json& member, std::string_view key, std::size_t max_bytes,
                            std::string*) {
  if (!member.is_string()) return Invalid(fmt::format("'{}' must be text", key));
  const auto& text = member.get_ref<const std::string&>();
  if (text.size() > max_bytes) {
    return Invalid(fmt::format("'{}' is longer than {} bytes", key, max_bytes));
  }
  if (!IsUtf8(text)) return Invalid(fmt::format("'{}' is not UTF-8 text", key));
  return text;
}

}  // namespace

template <class T>
Result<T> JsonMember(const Json& object, std::string_view key, std::size_t max_bytes) {
  if (!object.is_object()) return Invalid(fmt::format("'{}' must be inside an object", key));
  auto member = object.find(key);
  if (member == object.end()) return Invalid(fmt::format("'{}' is missing", key));
  return Convert(*member, key, max_bytes, static_cast<T*>(nullptr));
}

template <class T>
Result<T> JsonMemberOr(const Json& object, std::string_view key, T fallback,
                       std::size_t max_bytes) {
  if (!object.is_object()) return Invalid(fmt::format("'{}' must be inside an object", key));
  auto member = object.find(key);
  if (member == object.end() || member->is_null()) return fallback;
  return Convert(*member, key, max_bytes, static_cast<T*>(nullptr));
}

template Result<bool> JsonMember(const Json&, std::string_view, std::size_t);
template Result<std::int64_t> JsonMember(const Json&, std::string_view, std::size_t);
template Result<std::string> JsonMember(const Json&, std::string_view, std::size_t);
template Result<bool> JsonMemberOr(const Json&, std::string_view, bool, std::size_t);
template Result<std::int64_t> JsonMemberOr(const Json&, std::string_view, std::int64_t,
                                           std::size_t);
template Result<std::string> JsonMemberOr(const Json&, std::string_view, std::string, std::size_t);

}  // namespace vdiwatch
