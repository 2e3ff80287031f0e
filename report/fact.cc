#include "report/fact.h"

#include <array>
#include <utility>

namespace vdiwatch {
namespace {

constexpr std::pair<Missing, std::string_view> kReasons[] = {
    {Missing::kAbsent, "absent"},
    {Missing::kDenied, "denied"},
    {Missing::kFailed, "failed"},
    {Missing::kNotGathered, "not_gathered"},
    {Missing::kUndetermined, "undetermined"},
};

}  // namespace

std::string_view ToString(Missing missing) {
  for (auto [reason, text] : kReasons) {
    if (reason == missing) return text;
  }
  return "not_gathered";
}

std::optional<Missing> ParseMissing(std::string_view text) {
  for (auto [reason, name] : kReasons) {
    if (name == text) return reason;
  }
  return std::nullopt;
}

std::optional<bool> Fact::AsBool() const {
  const bool* held = value() ? std::get_if<bool>(value()) : nullptr;
  return held ? std::optional(*held) : std::nullopt;
}

std::optional<std::int64_t> Fact::AsInteger() const {
  const auto* held = value() ? std::get_if<std::int64_t>(value()) : nullptr;
  return held ? std::optional(*held) : std::nullopt;
}

std::optional<std::string_view> Fact::AsText() const {
  const auto* held = value() ? std::get_if<std::string>(value()) : nullptr;
  return held ? std::optional<std::string_view>(*held) : std::nullopt;
}

Fact Known(FactValue value, std::vector<std::string> sources) {
  return {std::move(value), std::move(sources)};
}

Fact Known(const char* text, std::vector<std::string> sources) {
  return {FactValue(std::string(text)), std::move(sources)};
}

Fact Unknown(Missing why, std::vector<std::string> sources) { return {why, std::move(sources)}; }

const Fact& FactOf(const Facts& facts, std::string_view key) {
  static const Fact kNotGathered;
  auto found = facts.find(key);
  return found == facts.end() ? kNotGathered : found->second;
}

std::string Describe(const Fact& fact) {
  if (const Missing* missing = fact.missing()) {
    std::string text(ToString(*missing));
    for (char& c : text) c = c == '_' ? ' ' : c;
    return text;
  }
  if (auto flag = fact.AsBool()) return *flag ? "true" : "false";
  if (auto number = fact.AsInteger()) return std::to_string(*number);
  return std::string(*fact.AsText());
}

}  // namespace vdiwatch
