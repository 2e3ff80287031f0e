#include "agent/probe/look.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace vdiwatch::agent {
namespace {

// Where a person's name or number stands in a locator.
constexpr std::string_view kPersonal[] = {"registry:HKU\\", "file:C:\\Users\\", "file:/home/",
                                          "path:C:\\Users\\", "path:/home/"};

bool IsSlash(char c) { return c == '\\' || c == '/'; }

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

std::string TemplateOf(std::string_view locator) {
  for (std::string_view prefix : kPersonal) {
    if (!EqualsIgnoreCase(locator.substr(0, prefix.size()), prefix)) continue;
    auto end = std::find_if(locator.begin() + prefix.size(), locator.end(), IsSlash);
    return std::string(prefix) + "*" + std::string(end, locator.end());
  }
  return std::string(locator);
}

bool Fits(std::string_view locator, std::string_view locator_template) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < locator_template.size(); ++i) {
    if (locator_template[i] == '*') {
      if (at == locator.size() || IsSlash(locator[at])) return false;
      // `Lxss\*@Name`: the step ends where the template goes on, too.
      char next = i + 1 < locator_template.size() ? locator_template[i + 1] : '\0';
      while (at < locator.size() && !IsSlash(locator[at]) && locator[at] != next) ++at;
    } else {
      if (at == locator.size() || Lower(locator[at]) != Lower(locator_template[i])) return false;
      ++at;
    }
  }
  return at == locator.size();
}

void Look::Note(std::string_view locator, const Reading& reading) {
  const auto* missing = std::get_if<MissingReading>(&reading);
  if (missing && missing->why == Missing::kNotGathered) {
    not_gathered_ = true;
    return;
  }
  if (!missing) read_ = true;
  if (missing && missing->why == Missing::kDenied) denied_ = true;
  if (missing && missing->why == Missing::kFailed) failed_ = true;
  std::string source = TemplateOf(locator);
  if (std::ranges::find(sources_, source) == sources_.end()) sources_.push_back(std::move(source));
}

const Reading& Look::Read(std::string_view locator) {
  const Reading& reading = evidence_.At(locator);
  Note(locator, reading);
  return reading;
}

template <class T>
const T* Look::As(std::string_view locator) {
  const Reading& reading = Read(locator);
  const T* typed = std::get_if<T>(&reading);
  if (!typed && !std::holds_alternative<MissingReading>(reading)) failed_ = true;
  return typed;
}

std::optional<std::string_view> Look::Text(std::string_view locator) {
  const auto* reading = As<TextReading>(locator);
  return reading ? std::optional<std::string_view>(reading->text) : std::nullopt;
}

std::optional<std::int64_t> Look::Number(std::string_view locator) {
  const auto* reading = As<NumberReading>(locator);
  return reading ? std::optional(reading->number) : std::nullopt;
}

const CpuidReading* Look::Cpuid(std::string_view locator) { return As<CpuidReading>(locator); }
const StateReading* Look::State(std::string_view locator) { return As<StateReading>(locator); }
const KeysReading* Look::Keys(std::string_view locator) { return As<KeysReading>(locator); }
const ProcessesReading* Look::Processes() { return As<ProcessesReading>("processes"); }
const RowsReading* Look::Rows(std::string_view locator) { return As<RowsReading>(locator); }

std::optional<bool> Look::Exists(std::string_view locator) {
  const auto* missing = std::get_if<MissingReading>(&Read(locator));
  if (!missing) return true;
  return missing->why == Missing::kAbsent ? std::optional(false) : std::nullopt;
}

bool Look::Closed(std::string_view locator) {
  const auto* missing = std::get_if<MissingReading>(&evidence_.At(locator));
  if (!missing || missing->why == Missing::kNotGathered) return false;
  return std::get<MissingReading>(Read(locator)).why != Missing::kAbsent;
}

std::optional<bool> Look::Runs(std::string_view service) {
  std::string locator = "service:" + std::string(service);
  if (const StateReading* state = State(locator)) return state->state == "running";
  const auto* missing = std::get_if<MissingReading>(&evidence_.At(locator));
  return missing && missing->why == Missing::kAbsent ? std::optional(false) : std::nullopt;
}

std::map<std::string_view, const Reading*> Look::All(std::string_view locator_template) {
  std::map<std::string_view, const Reading*> found;
  for (const auto& [locator, reading] : evidence_.items) {
    if (!Fits(locator, locator_template)) continue;
    Note(locator, reading);
    found.emplace(locator, &reading);
  }
  if (found.empty()) not_gathered_ = true;
  return found;
}

Fact Look::NoAnswer() const {
  if (denied_) return Unknown(Missing::kDenied, sources_);
  if (failed_) return Unknown(Missing::kFailed, sources_);
  if (read_) return Unknown(Missing::kUndetermined, sources_);
  if (not_gathered_ || sources_.empty()) return Unknown(Missing::kNotGathered, sources_);
  return Unknown(Missing::kAbsent, sources_);
}

void Look::AddSources(const std::vector<std::string>& sources) {
  for (const std::string& source : sources) {
    if (std::ranges::find(sources_, source) == sources_.end()) sources_.push_back(source);
  }
}

std::optional<bool> AllOf(std::initializer_list<std::optional<bool>> parts) {
  if (std::ranges::find(parts, std::optional(false)) != parts.end()) return false;
  return std::ranges::find(parts, std::optional<bool>()) == parts.end() ? std::optional(true)
                                                                        : std::nullopt;
}

std::optional<bool> AnyOf(std::initializer_list<std::optional<bool>> parts) {
  if (std::ranges::find(parts, std::optional(true)) != parts.end()) return true;
  return std::ranges::find(parts, std::optional<bool>()) == parts.end() ? std::optional(false)
                                                                        : std::nullopt;
}

}  // namespace vdiwatch::agent
