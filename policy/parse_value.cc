#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "policy/parse.h"

namespace vdiwatch::policy {
namespace {

// What a fact's value is not: "'tru'", "text in quotes", "a list".
std::string Shown(const Yaml& node) {
  switch (node.kind) {
    case Yaml::Kind::kNull:
      return "empty";
    case Yaml::Kind::kScalar:
      return fmt::format("{}'{}'", node.quoted ? "the text " : "", Printable(node.text, 80));
    case Yaml::Kind::kSequence:
      return "a list";
    case Yaml::Kind::kMap:
      return "a map";
  }
  return {};
}

std::optional<FactValue> ReadBool(const Yaml& node) {
  if (node.quoted) return std::nullopt;
  if (node.text == "true") return FactValue(true);
  if (node.text == "false") return FactValue(false);
  return std::nullopt;
}

std::optional<FactValue> ReadInteger(const Yaml& node) {
  auto number = node.quoted ? std::nullopt : ParseInteger(node.text);
  return number ? std::optional(FactValue(*number)) : std::nullopt;
}

// A time, or a date, which stands for its first moment in UTC.
std::optional<FactValue> ReadTime(const Yaml& node) {
  bool is_date = node.text.size() == std::string_view("2026-11-22").size();
  auto time = ParseTime(is_date ? node.text + "T00:00:00Z" : node.text);
  return time ? std::optional(FactValue(ToUnix(*time))) : std::nullopt;
}

std::optional<FactValue> Read(FactType type, const Yaml& node) {
  switch (type) {
    case FactType::kBool:
      return ReadBool(node);
    case FactType::kInteger:
      return ReadInteger(node);
    case FactType::kTime:
      return ReadTime(node);
    case FactType::kVersion:
      return IsVersion(node.text) ? std::optional(FactValue(node.text)) : std::nullopt;
    case FactType::kText:
    case FactType::kEnum:
      return FactValue(node.text);
  }
  return std::nullopt;
}

std::string OneOf(std::span<const std::string_view> values) {
  return fmt::format("{}", fmt::join(values, ", "));
}

}  // namespace

std::string DidYouMean(std::string_view word, const std::vector<std::string_view>& candidates) {
  constexpr std::size_t kLongest = 80;  // nobody misspells that much
  auto nearest = word.size() > kLongest ? std::nullopt : Nearest(word, candidates);
  return nearest ? fmt::format("; did you mean '{}'?", *nearest) : std::string();
}

std::string_view TypeInWords(FactType type) {
  switch (type) {
    case FactType::kBool:
      return "true or false";
    case FactType::kInteger:
      return "a whole number";
    case FactType::kText:
      return "text";
    case FactType::kVersion:
      return "a version such as 4.42.0";
    case FactType::kTime:
      return "a time such as 2026-11-22T08:00:00Z";
    case FactType::kEnum:
      return "one of the catalogue's words";
  }
  return "text";
}

std::optional<FactValue> ParseFactValue(const FactSpec& spec, const Yaml& node,
                                        const ParseContext& context) {
  auto value = node.kind == Yaml::Kind::kScalar ? Read(spec.type, node) : std::nullopt;
  if (!value) {
    context.Complain(node.mark, fmt::format("'{}' is {}, not {}", spec.key, TypeInWords(spec.type),
                                            Shown(node)));
    return std::nullopt;
  }
  if (spec.type == FactType::kEnum &&
      std::ranges::find(spec.values, node.text) == spec.values.end()) {
    std::string hint = DidYouMean(node.text, {spec.values.begin(), spec.values.end()});
    if (hint.empty()) hint = "; it is one of " + OneOf(spec.values);
    context.Complain(node.mark,
                     fmt::format("'{}' is never '{}'{}", spec.key, Printable(node.text, 80), hint));
    return std::nullopt;
  }
  return value;
}

}  // namespace vdiwatch::policy
