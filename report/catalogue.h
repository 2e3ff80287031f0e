#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vdiwatch {

enum class FactType { kBool, kInteger, kText, kVersion, kTime, kEnum };

// What may change it, and therefore how it travels (docs/protocol.md):
// configuration: in the fact set and its digest; state: sent inline, joins the profile;
// per_desktop: nearly unique, kept on the desktop's row; derived: computed by the collector.
enum class FactClass { kConfiguration, kState, kPerDesktop, kDerived };

enum class FactOs { kAny, kWindows, kLinux };

// One row of the fact catalogue, the only source for docs, policy checking and the API.
struct FactSpec {
  std::string_view key;
  FactType type;
  FactClass fact_class;
  FactOs os;
  std::string_view unit;                     // "MiB", or empty
  std::span<const std::string_view> values;  // of an enum, else empty
  std::string_view sentence;                 // what it says, for people
  // Of the values, those that no agent tells: nothing that can be read decides for them yet.
  std::span<const std::string_view> reserved = {};
};

std::span<const FactSpec> Catalogue();

// Null if there is no such key.
const FactSpec* FindFact(std::string_view key);

// The nearest key, for "did you mean".
std::optional<std::string_view> NearestFactKey(std::string_view key);

std::string_view ToString(FactType type);
std::string_view ToString(FactClass fact_class);
std::string_view ToString(FactOs os);

}  // namespace vdiwatch
