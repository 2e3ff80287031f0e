#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vdiwatch {

// Why there is no value. Only `absent` (the place was read, the thing is not there) answers
// "is it there?" with no; every other reason leaves the question open.
enum class Missing { kAbsent, kDenied, kFailed, kNotGathered, kUndetermined };

std::string_view ToString(Missing missing);
std::optional<Missing> ParseMissing(std::string_view text);

// Enumerations, versions and times are text; the catalogue says which text is allowed.
using FactValue = std::variant<bool, std::int64_t, std::string>;

// One interpreted statement: a value or the reason why not, and the locators it rests on
// (locators are templates such as `HKU\*`, never a person's name or SID).
struct Fact {
  std::variant<FactValue, Missing> answer = Missing::kNotGathered;
  std::vector<std::string> sources;

  const FactValue* value() const { return std::get_if<FactValue>(&answer); }
  const Missing* missing() const { return std::get_if<Missing>(&answer); }

  // The value if it is one of this type.
  std::optional<bool> AsBool() const;
  std::optional<std::int64_t> AsInteger() const;
  std::optional<std::string_view> AsText() const;
};

// Makes facts; sources may be left out.
Fact Known(FactValue value, std::vector<std::string> sources = {});
Fact Known(const char* text, std::vector<std::string> sources = {});
Fact Unknown(Missing why, std::vector<std::string> sources = {});

// Catalogue key -> fact. A key that is not there is not gathered.
using Facts = std::map<std::string, Fact, std::less<>>;

// The fact under key, or `not_gathered`.
const Fact& FactOf(const Facts& facts, std::string_view key);

// "vmware", "true", "4096", or the reason: "not gathered".
std::string Describe(const Fact& fact);

// Two facts say the same if their answers are equal; sources do not count.
inline bool SameAnswer(const Fact& a, const Fact& b) { return a.answer == b.answer; }

}  // namespace vdiwatch
