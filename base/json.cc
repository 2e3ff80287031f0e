#include "base/json.h"

#include <fmt/format.h>

#include <cassert>
#include <vector>

#include "base/text.h"

namespace vdiwatch {
namespace {

// Builds the value from the reader's events, and stops at the first that must not be. (nlohmann's
// own builder with a callback looks through all members again whenever one of them ends.)
class Builder {
 public:
  using number_integer_t = Json::number_integer_t;
  using number_unsigned_t = Json::number_unsigned_t;
  using number_float_t = Json::number_float_t;
  using string_t = Json::string_t;
  using binary_t = Json::binary_t;

  explicit Builder(const JsonLimits& limits) : limits_(limits) {}

  bool null() { return Add(Json()) != nullptr; }
  bool boolean(bool value) { return Add(value) != nullptr; }
  bool number_integer(number_integer_t value) { return Add(value) != nullptr; }
  bool number_unsigned(number_unsigned_t value) { return Add(value) != nullptr; }
  bool number_float(number_float_t value, const string_t&) { return Add(value) != nullptr; }
  bool string(string_t& value) { return Add(std::move(value)) != nullptr; }
  bool binary(binary_t&) { return Stop("it holds bytes"); }

  bool start_object(std::size_t) { return Open(Json::object()); }
  bool start_array(std::size_t) { return Open(Json::array()); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }

  bool key(string_t& name) {
    auto [member, added] = open_.back()->get_ref<Json::object_t&>().try_emplace(std::move(name));
    if (!added) {
      return Stop(fmt::format("the key '{}' is there twice", Printable(member->first, 60)));
    }
    member_ = &member->second;
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) {
    const auto* syntax = dynamic_cast<const Json::parse_error*>(&error);
    return Stop(syntax ? fmt::format("not JSON at byte {}", syntax->byte)
                       : "a number in it is out of range");
  }

  const std::string& problem() const { return problem_; }
  Json Take() { return std::move(root_); }

 private:
  bool Stop(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  // Where the value stands now; null if there are too many. Nothing is added to a container while
  // another one inside it is open, so that the pointers to the open ones hold.
  Json* Add(Json value) {
    if (++values_ > limits_.max_values) {
      Stop(fmt::format("more than {} values", limits_.max_values));
      return nullptr;
    }
    if (open_.empty()) return &(root_ = std::move(value));
    if (open_.back()->is_object()) return &(*member_ = std::move(value));
    return &open_.back()->get_ref<Json::array_t&>().emplace_back(std::move(value));
  }

  bool Open(Json container) {
    if (open_.size() == static_cast<std::size_t>(limits_.max_depth)) {
      return Stop(fmt::format("nested deeper than {} levels", limits_.max_depth));
    }
    Json* added = Add(std::move(container));
    if (added) open_.push_back(added);
    return added != nullptr;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  const JsonLimits limits_;
  Json root_;
  std::vector<Json*> open_;  // the containers around the reader's place, outermost first
  Json* member_ = nullptr;   // the one that the last key named
  std::size_t values_ = 0;
  std::string problem_;
};

}  // namespace

Result<Json> ParseJson(std::string_view text, std::string_view what, JsonLimits limits) {
  if (text.size() > limits.max_bytes) {
    return Invalid(
        fmt::format("{}: {} bytes, at most {} are accepted", what, text.size(), limits.max_bytes));
  }
  Builder builder(limits);
  if (!Json::sax_parse(text, &builder)) {
    return Invalid(fmt::format("{}: {}", what, builder.problem()));
  }
  return builder.Take();
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
  if (text.find('\0') != std::string::npos) {
    return Invalid(fmt::format("'{}' holds a NUL character; leave it out", key));
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
