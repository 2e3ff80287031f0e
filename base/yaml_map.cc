#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/yaml.h"

namespace vdiwatch {

YamlMap::YamlMap(const Yaml& node, std::string_view what, std::string_view file,
                 std::vector<Diagnostic>& diagnostics)
    : node_(node), what_(what), file_(file), diagnostics_(diagnostics) {
  if (node_.kind != Yaml::Kind::kMap) {
    Complain(node_.mark, fmt::format("{} must be a map of 'key: value'", what_));
  }
}

const Yaml* YamlMap::Required(std::string_view key) {
  const Yaml* found = Optional(key);
  if (!found && node_.kind == Yaml::Kind::kMap) {
    Complain(node_.mark, fmt::format("{} needs '{}'", what_, key));
  }
  return found;
}

const Yaml* YamlMap::Optional(std::string_view key) {
  known_.emplace_back(key);
  return node_.Find(key);
}

std::string YamlMap::Text(std::string_view key) {
  const Yaml* found = Required(key);
  if (!found) return {};
  if (found->kind != Yaml::Kind::kScalar || Trim(found->text).empty()) {
    Complain(found->mark, fmt::format("'{}' must be text, and not empty", key));
    return {};
  }
  return found->text;
}

std::string YamlMap::TextOr(std::string_view key, std::string fallback) {
  return Optional(key) ? Text(key) : std::move(fallback);
}

bool YamlMap::BoolOr(std::string_view key, bool fallback) {
  const Yaml* found = Optional(key);
  if (!found) return fallback;
  bool is_bool = found->kind == Yaml::Kind::kScalar && !found->quoted;
  if (is_bool && found->text == "true") return true;
  if (is_bool && found->text == "false") return false;
  Complain(found->mark, fmt::format("'{}' must be true or false", key));
  return fallback;
}

std::int64_t YamlMap::IntegerOr(std::string_view key, std::int64_t fallback) {
  const Yaml* found = Optional(key);
  if (!found) return fallback;
  bool is_plain = found->kind == Yaml::Kind::kScalar && !found->quoted;
  if (auto number = is_plain ? ParseInteger(found->text) : std::nullopt) return *number;
  Complain(found->mark, fmt::format("'{}' must be a whole number", key));
  return fallback;
}

void YamlMap::Complain(Mark mark, std::string message) {
  diagnostics_.push_back({file_, mark, std::move(message)});
}

void YamlMap::Finish() {
  for (const auto& [key, value] : node_.entries) {
    if (std::ranges::find(known_, key.text) != known_.end()) continue;
    std::vector<std::string_view> candidates(known_.begin(), known_.end());
    constexpr std::size_t kLongest = 80;  // nobody misspells that much
    auto nearest = key.text.size() > kLongest ? std::nullopt : Nearest(key.text, candidates);
    std::string hint = nearest ? fmt::format("; did you mean '{}'?", *nearest) : std::string();
    Complain(key.mark,
             fmt::format("unknown key '{}' in {}{}", Printable(key.text, 80), what_, hint));
  }
}

}  // namespace vdiwatch
