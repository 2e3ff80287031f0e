#include "report/fact_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"

namespace vdiwatch {
namespace {

constexpr std::size_t kMaxFacts = 512;
constexpr std::size_t kMaxKeyBytes = 128;
constexpr std::size_t kMaxSources = 64;

Json ValueToJson(const FactValue& value) {
  return std::visit([](const auto& held) { return Json(held); }, value);
}

bool IsKey(std::string_view key) {
  return !key.empty() && key.size() <= kMaxKeyBytes && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
}

Result<FactValue> ValueFromJson(const Json& json, std::string_view key) {
  if (json.is_boolean()) return FactValue(json.get<bool>());
  if (json.is_number_integer()) {
    auto number = json.is_number_unsigned() && json.get<std::uint64_t>() > (1ULL << 53)
                      ? std::int64_t{-1}
                      : json.get<std::int64_t>();
    if (number < 0) return Invalid(fmt::format("fact '{}': the number is out of range", key));
    return FactValue(number);
  }
  if (!json.is_string()) {
    return Invalid(
        fmt::format("fact '{}': the value must be true, false, a whole number or text", key));
  }
  const auto& text = json.get_ref<const std::string&>();
  if (text.size() > kMaxFactTextBytes || !IsUtf8(text)) {
    return Invalid(
        fmt::format("fact '{}': the text is not UTF-8 or over {} bytes", key, kMaxFactTextBytes));
  }
  return FactValue(text);
}

// Whether a value is what the catalogue allows; unknown keys are free.
Result<void> CheckAgainst(const FactSpec& spec, const FactValue& value) {
  auto wrong = [&](std::string_view expected) {
    return Invalid(fmt::format("fact '{}': expected {}", spec.key, expected));
  };
  const auto* text = std::get_if<std::string>(&value);
  switch (spec.type) {
    case FactType::kBool:
      if (!std::holds_alternative<bool>(value)) return wrong("true or false");
      return {};
    case FactType::kInteger:
      if (!std::holds_alternative<std::int64_t>(value)) return wrong("a whole number");
      return {};
    case FactType::kText:
      if (!text) return wrong("text");
      return {};
    case FactType::kVersion:
      if (!text || !IsVersion(*text)) return wrong("a version such as 4.42.0");
      return {};
    case FactType::kTime:
      if (!text || !ParseTime(*text)) return wrong("a time such as 2026-11-22T08:00:00Z");
      return {};
    case FactType::kEnum:
      // A value that this release does not know comes from a newer agent and is kept.
      if (!text || !IsKey(*text)) return wrong("one of the catalogue's words");
      return {};
  }
  return {};
}

Result<Fact> FactFromJson(std::string_view key, const Json& json) {
  if (!json.is_object()) return Invalid(fmt::format("fact '{}' must be an object", key));
  Fact fact;
  if (auto missing = json.find("missing"); missing != json.end()) {
    auto why =
        missing->is_string() ? ParseMissing(missing->get_ref<const std::string&>()) : std::nullopt;
    if (!why) return Invalid(fmt::format("fact '{}': 'missing' must be a known reason", key));
    fact.answer = *why;
  } else if (auto value = json.find("value"); value != json.end()) {
    ASSIGN_OR_RETURN(FactValue read, ValueFromJson(*value, key));
    if (const FactSpec* spec = FindFact(key)) RETURN_IF_ERROR(CheckAgainst(*spec, read));
    fact.answer = std::move(read);
  } else {
    return Invalid(fmt::format("fact '{}' has neither 'value' nor 'missing'", key));
  }
  if (auto sources = json.find("sources"); sources != json.end() && sources->is_array()) {
    for (const auto& source : *sources) {
      if (source.is_string() && fact.sources.size() < kMaxSources) fact.sources.push_back(source);
    }
  }
  return fact;
}

}  // namespace

Json FactsToJson(const Facts& facts, Sources sources) {
  Json json = Json::object();
  for (const auto& [key, fact] : facts) {
    Json& entry = json[key];
    if (fact.value()) {
      entry["value"] = ValueToJson(*fact.value());
    } else {
      entry["missing"] = ToString(*fact.missing());
    }
    if (sources == Sources::kInclude && !fact.sources.empty()) entry["sources"] = fact.sources;
  }
  return json;
}

Result<Facts> FactsFromJson(const Json& json) {
  if (!json.is_object()) return Invalid("facts must be an object");
  if (json.size() > kMaxFacts) return Invalid(fmt::format("over {} facts", kMaxFacts));
  Facts facts;
  for (const auto& [key, value] : json.items()) {
    if (!IsKey(key)) {
      return Invalid(fmt::format("'{}' is no fact key", Printable(key, kMaxKeyBytes)));
    }
    ASSIGN_OR_RETURN(Fact fact, FactFromJson(key, value));
    facts.emplace(key, std::move(fact));
  }
  return facts;
}

Facts FactsOfClass(const Facts& facts, FactClass fact_class) {
  Facts chosen;
  for (const auto& [key, fact] : facts) {
    const FactSpec* spec = FindFact(key);
    // Facts this release does not know count as configuration, as their agent sent them.
    if ((spec ? spec->fact_class : FactClass::kConfiguration) == fact_class) {
      chosen.emplace(key, fact);
    }
  }
  return chosen;
}

std::string FactSetText(const Facts& facts) {
  return CanonicalJson(
      FactsToJson(FactsOfClass(facts, FactClass::kConfiguration), Sources::kLeaveOut));
}

std::string FactSetDigest(const Facts& facts) { return DigestText(FactSetText(facts)); }

Json FactsFileToJson(const Facts& facts) {
  return {{"format", "vdiwatch-facts/1"},
          {"digest", FactSetDigest(facts)},
          {"facts", FactsToJson(facts, Sources::kInclude)}};
}

Result<Facts> FactsFileFromText(std::string_view text, std::string_view what) {
  ASSIGN_OR_RETURN(Json json, ParseJson(text, what));
  if (!json.is_object()) return Invalid(fmt::format("{}: not a facts file", what));
  if (auto format = JsonMemberOr<std::string>(json, "format", "vdiwatch-facts/1");
      !format || *format != "vdiwatch-facts/1") {
    return Invalid(fmt::format("{}: 'format' must be \"vdiwatch-facts/1\"", what));
  }
  auto member = json.find("facts");
  if (member == json.end()) return Invalid(fmt::format("{}: 'facts' is missing", what));
  auto facts = FactsFromJson(*member);
  if (!facts) return Invalid(fmt::format("{}: {}", what, facts.error().message));
  return facts;
}

}  // namespace vdiwatch
